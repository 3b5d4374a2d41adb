import path from 'node:path';
import type { App } from '../app.js';
import { loadConfig } from '../config.js';
import type { Logger } from '../log.js';
import { stopSignal } from '../stop-signal.js';
import { createPatience, PATIENCE_MS, type KeepTrying } from './ingest-patience.js';
import { openReport } from './ingest-report.js';
import { openSources, OWN_FOLDERS, type IngestSources } from './ingest-sources.js';
import { watchFolders, type FolderWatch } from './ingest-watch.js';
import { mirrorFolders, type FolderMirror } from './watch-mirror.js';
import { describeSummary, ingestChanges, ingestWithProgress } from './ingest.js';
import { jsonLine } from './printable.js';
import { withApp } from './with-app.js';

/** What the command line says beside the paths. */
export interface IngestCommandOptions {
  readonly manifest: readonly string[];
  readonly tag: readonly string[];
  readonly byReference: boolean;
  readonly watch: boolean;
  readonly delete: boolean;
  readonly force: boolean;
  readonly report?: string;
  readonly json: boolean;
}

/**
 * Runs the command, and sets the exit code.
 *
 * @param wrong ends the process over what the paths turn out to be
 */
export async function runIngest(
  paths: readonly string[],
  options: IngestCommandOptions,
  wrong: (message: string) => never,
): Promise<void> {
  const { dataFolder } = loadConfig();
  const sources = await openSources({
    paths,
    manifests: options.manifest,
    tags: options.tag,
    byReference: options.byReference,
    dataFolder,
  });
  if (options.watch && sources.folders.length < paths.length + options.manifest.length)
    wrong('--watch takes folders only, no files, globs and manifests');
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
}

/** @returns the exit code */
async function ingest(
  app: App,
  log: Logger,
  sources: IngestSources,
  options: IngestCommandOptions,
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
  const mirror = options.delete
    ? await mirrorFolders(app, sources, { force: options.force, keepTrying, stop })
    : undefined;
  try {
    // Before the walk, so that nothing is missed between the two.
    const watch = options.watch
      ? await watchFolders({ ...watched(app, sources, options), stop, onVanished: mirror?.vanished })
      : undefined;
    try {
      return await takeAll(app, sources, { stop, write, keepTrying, watch, mirror, quiet: options.json });
    } finally {
      await watch?.close();
    }
  } finally {
    mirror?.close();
  }
}

async function takeAll(
  app: App,
  sources: IngestSources,
  work: {
    readonly stop: AbortSignal;
    readonly write: (line: unknown) => void;
    readonly keepTrying: KeepTrying | undefined;
    readonly watch: FolderWatch | undefined;
    readonly mirror: FolderMirror | undefined;
    readonly quiet: boolean;
  },
): Promise<number> {
  const { stop, write, keepTrying, watch, mirror, quiet } = work;
  const result = await ingestWithProgress(
    app,
    () => mirror?.known(sources.items(stop)) ?? sources.items(stop),
    stop,
    {
      repeatable: sources.repeatable,
      onOutcome: write,
      keepTrying,
      onTaken: mirror?.take,
    },
  );
  write({ summary: result.summary });
  if (!quiet) console.log(describeSummary(result));
  if (result.trouble !== undefined) throw result.trouble;
  if (stop.aborted) return 130;
  if (watch === undefined) return result.summary.failed + result.summary.rejected > 0 ? 1 : 0;

  console.error(`Watching ${sources.folders.join(', ')}. Ctrl-C ends it.`);
  const items = sources.tagged(watch.items());
  const changes = await ingestChanges(app, mirror?.followed(items) ?? items, stop, {
    quiet,
    onOutcome: (outcome) => {
      mirror?.told(outcome);
      write(outcome);
    },
    keepTrying,
    onTaken: mirror?.take,
    beside: mirror && ((tell, ending) => mirror.run(watch, tell, ending)),
  });
  write({ summary: changes.summary });
  if (!quiet) console.log(describeSummary(changes));
  if (changes.trouble !== undefined) throw changes.trouble;
  return 0;
}

function watched(app: App, sources: IngestSources, options: IngestCommandOptions) {
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
