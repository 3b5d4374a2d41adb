import type { Output } from './output.js';
import type { ExportWriter } from './writer.js';

/** Room for any number of rows, and a multiple of 64, as the format wants it. */
const HEADER_BYTES = 128;

/**
 * NumPy's format, version 1.0 (NEP 1): the vectors as a matrix of float32, a row an image, and beside it the ids of these
 * images as int64, in the same order. Images without a vector are left out.
 */
export function npyWriter(
  vectors: Required<Output>,
  ids: Required<Output>,
  dimensions: number,
): ExportWriter {
  let rows = 0;
  let begun = false;
  const begin = async () => {
    if (begun) return;
    begun = true;
    await Promise.all([vectors, ids].map((output) => output.write(new Uint8Array(HEADER_BYTES))));
  };
  return {
    async write(images) {
      await begin();
      const embedded = images.flatMap(({ id, embedding }) => (embedding === null ? [] : [{ id, embedding }]));
      const matrix = Buffer.alloc(embedded.length * dimensions * 4);
      const column = Buffer.alloc(embedded.length * 8);
      for (const [row, { id, embedding }] of embedded.entries()) {
        for (const [place, value] of embedding.entries())
          matrix.writeFloatLE(value, 4 * (row * dimensions + place));
        column.writeBigInt64LE(BigInt(id), 8 * row);
      }
      rows += embedded.length;
      await vectors.write(matrix);
      await ids.write(column);
    },
    async finish() {
      await begin();
      await vectors.rewrite(npyHeader('<f4', `(${rows}, ${dimensions})`));
      await ids.rewrite(npyHeader('<i8', `(${rows},)`));
      await ids.finish();
      await vectors.finish();
    },
    async abandon() {
      await Promise.all([vectors.abandon(), ids.abandon()]);
    },
  };
}

function npyHeader(type: string, shape: string): Uint8Array {
  const description = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = Buffer.alloc(HEADER_BYTES, ' ');
  header.write('\x93NUMPY\x01\x00', 0, 'latin1');
  header.writeUInt16LE(HEADER_BYTES - 10, 8);
  header.write(description, 10, 'latin1');
  header.write('\n', HEADER_BYTES - 1, 'latin1');
  return header;
}
