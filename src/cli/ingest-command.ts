import path from 'node:path';
import { Command } from 'commander';
import type { App } from '../app.js';
import { loadConfig } from '../config.js';
import type { Logger } from '../log.js';
import { stopSignal } from '../main.js';
import { createPatience, PATIENCE_MS, type KeepTrying } from './ingest-patience.js';
import { openReport } from './ingest-report.js';
import { openSources, OWN_FOLDERS, type IngestSources } from './ingest-sources.js';
import { watchFolders } from './ingest-watch.js';
import { describeSummary, ingestChanges, ingestWithProgress } from './ingest.js';
import { jsonLine } from './printable.js';
import { withApp } from './with-app.js';

interface Options {
  readonly manifest: readonly string[];
  readonly tag: readonly string[];
  readonly byReference: boolean;
  readonly watch: boolean;
  readonly report?: string;
  readonly json: boolean;
}

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
or deleted is noticed. --watch goes on with files that appear or change; it never deletes an image.

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
      '--report <file>',
      'write what became of each source into a file, as lines of JSON, while it goes on',
    )
    .option('--json', 'print the same lines on standard output', false)
    .addHelpText('after', HELP);
  return command.action(async (paths: string[], options: Options) => {
    if (paths.length + options.manifest.length === 0) {
      command.error("error: missing required argument 'path' (or --manifest FILE)", { exitCode: 2 });
    }
    const { dataFolder } = loadConfig();
    const sources = await openSources({
      paths,
      manifests: options.manifest,
      tags: options.tag,
      byReference: options.byReference,
      dataFolder,
    });
    if (options.watch && sources.folders.length < paths.length + options.manifest.length) {
      command.error('error: --watch takes folders only, no files, globs and manifests', { exitCode: 2 });
    }
    const report = options.report === undefined ? undefined : openReport(options.report);
    try {
      await withApp(async (app, log) => {
        process.exitCode = await ingest(app, log, sources, options, (line) => {
          report?.write(line);
          if (options.json) console.log(jsonLine(line));
        });
      });
    } finally {
      report?.close();
    }
  });
}

/** @returns the exit code */
async function ingest(
  app: App,
  log: Logger,
  sources: IngestSources,
  options: Options,
  write: (line: unknown) => void,
): Promise<number> {
  const stop = stopSignal(log);
  stop.addEventListener('abort', () => {
    console.error(
      '\nFinishing what is being added. The same signal again ends at once; nothing accepted is lost.',
    );
  });
  const keepTrying: KeepTrying | undefined = app.database.kind === 'server' ? patience(stop) : undefined;
  await app.work();
  // Before the walk, so that nothing is missed between the two.
  const watch = options.watch ? await watchFolders({ ...watched(app, sources, options), stop }) : undefined;
  try {
    const result = await ingestWithProgress(app, () => sources.items(stop), stop, {
      repeatable: sources.repeatable,
      onOutcome: write,
      keepTrying,
    });
    write({ summary: result.summary });
    if (!options.json) console.log(describeSummary(result));
    if (result.trouble !== undefined) throw result.trouble;
    if (stop.aborted) return 130;
    if (watch === undefined) return result.summary.failed + result.summary.rejected > 0 ? 1 : 0;

    console.error(`Watching ${sources.folders.join(', ')}. Ctrl-C ends it.`);
    const changes = await ingestChanges(app, sources.tagged(watch.items()), stop, {
      quiet: options.json,
      onOutcome: write,
      keepTrying,
    });
    write({ summary: changes.summary });
    if (!options.json) console.log(describeSummary(changes));
    if (changes.trouble !== undefined) throw changes.trouble;
    return 0;
  } finally {
    await watch?.close();
  }
}

function watched(app: App, sources: IngestSources, options: Options) {
  const own = OWN_FOLDERS.map((name) => path.join(app.config.dataFolder, name));
  return {
    folders: sources.folders,
    ignored: options.report === undefined ? own : [...own, options.report],
  };
}

function patience(stop: AbortSignal): KeepTrying {
  return createPatience({
    stop,
    onLost: (reason) => {
      console.error(
        `\nThe database does not answer (${reason}). Waiting for it, up to ${PATIENCE_MS / 1000} seconds …`,
      );
    },
    onBack: (seconds) => {
      console.error(`\nThe database is back after ${seconds.toFixed(0)} seconds.`);
    },
  });
}

function collect(value: string, all: string[]): string[] {
  return [...all, value];
}
