import { Command } from 'commander';
import { PATIENCE_MS } from './ingest-patience.js';
import type { IngestCommandOptions } from './run-ingest.js';

const HELP = `
Sources are files, folders (with all folders in them; hidden files and links to folders are left out), globs in quotes
("photos/**/*.jpg"), and manifests: JSON lines such as

  {"path": "cats/1.jpg", "title": "A cat", "tags": ["cat"], "metadata": {"shelf": 3}, "takenAt": "2024-06-01T12:30:00+02:00"}
  {"url": "https://example.org/dog.jpg", "tags": ["dog"]}

whose paths are relative to the manifest. What is no image is skipped, unless it is named or has an image's extension: then it
is rejected with the reason. The rest goes on.

Running it again is safe and quick: the same bytes are one image and keep their id; they are hashed, not decoded. Ctrl-C
finishes what is being added; a second one ends at once. On PostgreSQL it waits up to ${PATIENCE_MS / 1000} seconds for a database
that went away. With --by-reference the originals stay yours: what is moved is found again by another run, and what is changed
or deleted is noticed. --watch goes on with files that appear or change; it deletes no image without --delete.

Exit codes: 0 everything is in, or a watch was stopped; 1 something was rejected or failed; 2 wrong usage; 66 no such file; 73
the report cannot be written; 75 the database was away for too long; 130 interrupted. docs/ingest.md has the details.`;

export function ingestCommand(): Command {
  const command = new Command('ingest')
    .description(
      'Adds image files, folders and manifests to the collection, and waits until they can be found.',
    )
    .argument('[path...]', 'files, folders, and globs in quotes')
    .option(
      '--manifest <file>',
      'a file of JSON lines that name images, or - for standard input; may be given several times',
      collect,
      [],
    )
    .option('--tag <tag>', 'a tag for every image; may be given several times', collect, [])
    .option('--by-reference', 'index the files where they lie, and store only thumbnails of them', false)
    .option('--watch', 'go on with what appears or changes in the folders, until SIGINT or SIGTERM', false)
    .option(
      '--delete',
      'with --watch: delete images that came from the folders when their files vanish or change',
      false,
    )
    .option('--force', 'with --delete: also where most files of a folder vanished at once', false)
    .option(
      '--report <file>',
      'write what became of each source into a file, as lines of JSON, while it goes on',
    )
    .option('--json', 'print the same lines on standard output', false)
    .addHelpText('after', HELP);
  return command.action(async (paths: string[], options: IngestCommandOptions) => {
    const wrong = (message: string) => command.error(`error: ${message}`, { exitCode: 2 });
    if (paths.length + options.manifest.length === 0)
      wrong("missing required argument 'path' (or --manifest FILE)");
    if (options.delete && !options.watch) wrong('--delete goes with --watch');
    if (options.force && !options.delete) wrong('--force goes with --delete');
    const { runIngest } = await import('./run-ingest.js');
    await runIngest(paths, options, wrong);
  });
}

function collect(value: string, all: string[]): string[] {
  return [...all, value];
}
