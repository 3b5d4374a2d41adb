import { Command, Option } from 'commander';
import { withDatabase } from './with-app.js';

const FORMATS = ['parquet', 'csv', 'jsonl', 'npy'] as const;
type Format = (typeof FORMATS)[number];

interface Options {
  readonly format: Format;
  readonly filter?: string;
  readonly out?: string;
}

export function exportCommand(): Command {
  const command = new Command('export')
    .description('Writes ids, metadata, labels and vectors of the images into a file.')
    .addOption(new Option('--format <format>', 'how').choices(FORMATS).default('parquet'))
    .option('--filter <json>', 'only images that match: an ImageFilter of the GraphQL schema, as JSON')
    .option('--out <file>', 'the file; csv and jsonl go to standard output without it')
    .addHelpText(
      'after',
      '\nImages come by ascending id. The file appears under its name when it is whole. npy writes the vectors, and beside them the ids of\n' +
        'their rows (FILE.ids.npy for FILE.npy). Memory does not grow with the collection. docs/export.md has the columns.',
    );
  return command.action(async ({ format, filter, out }: Options) => {
    if (out === undefined && (format === 'parquet' || format === 'npy')) {
      command.error(`error: ${format} needs a file: give it by --out`, { exitCode: 2 });
    }
    await withDatabase(async (database) => {
      const { exportCollection } = await import('./export/export-collection.js');
      const count = await exportCollection(database, { format, filter, out });
      if (out !== undefined) console.error(`${count.toLocaleString('en')} images in ${out}`);
    });
  });
}
