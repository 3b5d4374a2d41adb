import { Command } from 'commander';
import { stopSignal } from '../main.js';
import { describeSummary, ingestWithProgress } from './ingest.js';
import { walk } from './walk.js';
import { withApp } from './with-app.js';

interface Options {
  readonly tag: readonly string[];
  readonly json: boolean;
}

export function ingestCommand(): Command {
  return new Command('ingest')
    .description('Adds image files and folders to the collection, and waits until they can be found.')
    .argument('<path...>', 'files and folders; folders are walked, hidden files left out')
    .option(
      '--tag <tag>',
      'a tag for every image; may be given several times',
      (tag, all: string[]) => [...all, tag],
      [],
    )
    .option('--json', 'print what became of each file as a line of JSON, then the summary', false)
    .addHelpText(
      'after',
      '\nRunning it again is safe: the same bytes are one image and keep their id. What is no image is skipped unless it is\n' +
        "named on the command line or has an image's extension. Exit code 1 if a file failed, 130 if interrupted.",
    )
    .action(async (paths: string[], options: Options) => {
      await withApp(async (app, log) => {
        const stop = stopSignal(log);
        await app.work();
        const files = async function* () {
          for await (const file of walk(paths)) yield { ...file, details: { tags: options.tag } };
        };
        const summary = await ingestWithProgress(app, files, stop, (outcome) => {
          if (options.json) console.log(JSON.stringify(outcome));
        });
        if (options.json) {
          const { failures: _listedAlready, ...counts } = summary;
          console.log(JSON.stringify({ summary: counts }));
        } else {
          console.log(describeSummary(summary));
        }
        process.exitCode = stop.aborted ? 130 : summary.failed > 0 ? 1 : 0;
      });
    });
}
