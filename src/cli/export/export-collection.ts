import { exportImages } from '../../db/export.js';
import type { Database } from '../../db/database.js';
import { activeModel } from '../../db/models.js';
import { readFilterOption } from '../filter-option.js';
import { npyWriter } from './npy.js';
import { fileOutput, standardOutput } from './output.js';
import { parquetWriter } from './parquet.js';
import { csvWriter, jsonLinesWriter } from './text-formats.js';
import type { ExportWriter } from './writer.js';

/** Images in memory at once: 1 MB of vectors of 512 dimensions, some 20 MB as JavaScript sees them. */
const BATCH = 500;

/**
 * Writes all images of a filter. Each batch is a statement of its own, so that nobody waits for a long transaction: images that
 * are added meanwhile come along, those that are deleted may or may not.
 *
 * @returns how many images were written
 */
export async function exportCollection(
  database: Database,
  wanted: {
    readonly format: 'parquet' | 'csv' | 'jsonl' | 'npy';
    readonly filter: string | undefined;
    readonly out: string | undefined;
  },
): Promise<number> {
  const model = await activeModel(database.pool);
  const filter = await readFilterOption(wanted.filter, database, model);
  const writer = await writerFor(wanted, model?.dimensions ?? 0);
  let count = 0;
  try {
    for (let afterId = 0; ;) {
      const images = await exportImages(database.pool, { modelId: model?.id ?? 0, filter, afterId }, BATCH);
      const last = images.at(-1);
      if (last === undefined) break;
      await writer.write(images);
      count += images.length;
      afterId = last.id;
    }
    await writer.finish();
    return count;
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

async function writerFor(
  { format, out }: { readonly format: string; readonly out: string | undefined },
  dimensions: number,
): Promise<ExportWriter> {
  if (out === undefined)
    return format === 'csv' ? csvWriter(standardOutput()) : jsonLinesWriter(standardOutput());
  switch (format) {
    case 'parquet':
      return parquetWriter(out);
    case 'npy':
      return npyWriter(
        await fileOutput(out),
        await fileOutput(`${out.replace(/\.npy$/, '')}.ids.npy`),
        dimensions,
      );
    case 'csv':
      return csvWriter(await fileOutput(out));
    default:
      return jsonLinesWriter(await fileOutput(out));
  }
}
