import { Command, InvalidArgumentError } from 'commander';
import { withApp } from './with-app.js';

interface Options {
  readonly first: number;
  readonly hybrid: boolean;
  readonly json: boolean;
}

export function searchCommand(): Command {
  return new Command('search')
    .description('Finds the images that fit a text best.')
    .argument('<text>', 'what to look for, in plain words')
    .option('--first <n>', 'how many, from 1 to 100', wholeNumber, 10)
    .option('--hybrid', 'look for the words in titles, tags and file names as well', false)
    .option('--json', 'print JSON', false)
    .action(async (text: string, options: Options) => {
      await withApp(async ({ search, images }) => {
        const { matches, plan } = await search.search({
          query: { kind: 'text', text },
          filter: {},
          limit: options.first,
          mode: 'AUTO',
          hybrid: options.hybrid,
        });
        const rows = await images.byIds(matches.map((match) => match.imageId));
        const found = matches.flatMap(({ imageId, similarity, rank }) => {
          const row = rows.get(imageId);
          return row ? [{ rank, similarity, id: imageId, filename: row.filename, sha256: row.sha256 }] : [];
        });
        if (options.json) console.log(JSON.stringify({ matches: found, plan }, null, 2));
        else if (found.length === 0) console.log('The collection has no images that can be searched yet.');
        else
          for (const { similarity, filename, sha256 } of found)
            console.log(similarity.toFixed(3), filename ?? sha256);
      });
    });
}

function wholeNumber(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError('It is not a whole number.');
  return Number(value);
}
