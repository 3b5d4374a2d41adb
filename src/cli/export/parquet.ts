import { rename, rm } from 'node:fs/promises';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { messageOf, OperatorError } from '../../errors.js';
import { columnsOf, COLUMN_NAMES, type ColumnName } from './columns.js';
import { partialName } from './output.js';
import type { ExportWriter } from './writer.js';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];
type Leaf = Pick<SchemaElement, 'type' | 'converted_type'>;
const TEXT: Leaf = { type: 'BYTE_ARRAY', converted_type: 'UTF8' };
const JSON_TEXT: Leaf = { type: 'BYTE_ARRAY', converted_type: 'JSON' };
const TIME: Leaf = { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' };
const plain = (name: ColumnName, leaf: Leaf, optional = false): SchemaElement[] => [
  { name, repetition_type: optional ? 'OPTIONAL' : 'REQUIRED', ...leaf },
];
const list = (name: ColumnName, leaf: Leaf): SchemaElement[] => [
  { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'REQUIRED', ...leaf },
];

const SCHEMA: Readonly<Record<ColumnName, SchemaElement[]>> = {
  id: plain('id', { type: 'INT64' }),
  status: plain('status', TEXT),
  sha256: plain('sha256', TEXT),
  filename: plain('filename', TEXT, true),
  title: plain('title', TEXT, true),
  tags: list('tags', TEXT),
  media_type: plain('media_type', TEXT),
  width: plain('width', { type: 'INT32' }),
  height: plain('height', { type: 'INT32' }),
  byte_size: plain('byte_size', { type: 'INT64' }),
  taken_at: plain('taken_at', TIME, true),
  latitude: plain('latitude', { type: 'DOUBLE' }, true),
  longitude: plain('longitude', { type: 'DOUBLE' }, true),
  camera: plain('camera', TEXT, true),
  created_at: plain('created_at', TIME),
  metadata: plain('metadata', JSON_TEXT),
  labels: plain('labels', JSON_TEXT),
  embedding: list('embedding', { type: 'FLOAT' }),
};

/** Apache Parquet, a row group a batch; the vector is a list of floats. */
export function parquetWriter(file: string): ExportWriter {
  const partial = partialName(file);
  let parquet: ParquetWriter;
  try {
    parquet = new ParquetWriter({
      writer: fileWriter(partial),
      createdBy: 'pictograph',
      schema: [
        { name: 'images', num_children: COLUMN_NAMES.length },
        ...COLUMN_NAMES.flatMap((name) => SCHEMA[name]),
      ],
    });
  } catch (error) {
    throw new OperatorError(`${file} cannot be written: ${messageOf(error)}`);
  }
  return {
    async write(images) {
      const rows = images.map((image) => {
        const columns = columnsOf(image);
        return { ...columns, id: BigInt(columns.id), byte_size: BigInt(columns.byte_size) };
      });
      await parquet.write({
        rowGroupSize: rows.length,
        columnData: COLUMN_NAMES.map((name) => ({
          name,
          data: rows.map((row) => row[name]),
          // Vectors do not get smaller by compression, and their least and greatest numbers say nothing.
          ...(name === 'embedding' && { encoding: 'PLAIN', codec: 'UNCOMPRESSED', statistics: false }),
        })),
      });
    },
    async finish() {
      await parquet.finish();
      await rename(partial, file);
    },
    abandon: () => rm(partial, { force: true }),
  };
}
