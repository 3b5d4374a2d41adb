import { Command } from 'commander';
import { withStorage } from './with-app.js';

interface Options {
  readonly out: string;
  readonly filter?: string;
  readonly labelSet?: string;
  readonly title: string;
}

export function reportCommand(): Command {
  return new Command('report')
    .description(
      'Writes one HTML page about the collection: map, labels, near duplicates and outliers, with thumbnails.',
    )
    .requiredOption('--out <file>', 'the page')
    .option('--filter <json>', 'only images that match: an ImageFilter of the GraphQL schema, as JSON')
    .option(
      '--label-set <name>',
      'colour the map by this label set; without it by the first one, or by tags where there is none',
    )
    .option('--title <text>', 'the heading', 'Pictograph report')
    .addHelpText(
      'after',
      '\nThe page refers to nothing outside of itself: it can be sent and kept. The map shows at most 1,000 images. Images without a place in the\n' +
        'projection are laid out first, as `pictograph project` does.',
    )
    .action((options: Options) =>
      withStorage(async ({ database, storage }) => {
        const { writeReport } = await import('./report/write-report.js');
        const { shown, bytes } = await writeReport({ database, storage }, options);
        console.log(
          `${shown} images in ${options.out} (${(bytes / 1024 / 1024).toFixed(1)} MB). Open it in a browser.`,
        );
      }),
    );
}
