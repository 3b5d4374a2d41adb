import type { App, AppOptions } from './app.js';
import type { Config } from './config.js';
import type { Logger } from './log.js';
import { openMigratedDatabase } from './migrated-database.js';
import { stopSignal } from './stop-signal.js';

export interface ServeHooks extends Pick<AppOptions, 'onDownload'> {
  /** Runs between opening and listening: the demo ingests its samples here. */
  readonly prepare?: (app: App, signal: AbortSignal) => Promise<void>;
  /** Is told the address once requests are answered. */
  readonly onListening?: (url: string, analyticsPort: number | undefined) => void;
}

/**
 * Serves until SIGTERM or SIGINT, then finishes what is running and ends. A second signal ends at once; accepted images
 * are safe then too, they are processed after the next start.
 */
export async function serve(config: Config, log: Logger, hooks: ServeHooks): Promise<void> {
  const stop = stopSignal(log);
  const app = await openUntil(stop, config, log, hooks, () => import('./http/server.js'));
  if (app === undefined) return;
  try {
    await app.work();
    await hooks.prepare?.(app, stop);
    if (stop.aborted) return;
    const server = await app.listen();
    log.info({ url: server.url, database: app.database.kind, model: app.model.name }, 'Pictograph is ready');
    hooks.onListening?.(server.url, app.analyticsPort);
    await aborted(stop);
  } finally {
    await app.close();
    log.info('Pictograph has stopped');
  }
}

/** Works on queued images, without a server, until SIGTERM or SIGINT. */
export async function work(
  config: Config,
  log: Logger,
  options: Pick<AppOptions, 'onDownload'>,
): Promise<void> {
  const stop = stopSignal(log);
  const app = await openUntil(stop, config, log, options);
  if (app === undefined) return;
  try {
    await app.work();
    log.info({ model: app.model.name }, 'The worker is ready');
    await aborted(stop);
  } finally {
    await app.close();
    log.info('The worker has stopped');
  }
}

/**
 * @param loadMore loads what is needed later
 * @returns undefined when the signal came first: nobody waits for a model of 600 MB that is no longer wanted
 */
async function openUntil(
  stop: AbortSignal,
  config: Config,
  log: Logger,
  options: Pick<AppOptions, 'onDownload'>,
  loadMore: () => Promise<unknown> = () => Promise.resolve(),
): Promise<App | undefined> {
  try {
    // The database opens in a thread of its own or on a server. Meanwhile this one loads the rest of the program, which takes as long.
    const database = openMigratedDatabase(config, log);
    // Whoever uses it, or that, is told of a failure.
    database.catch(() => undefined);
    const { openApp } = await import('./app.js');
    loadMore().catch(() => undefined);
    return await openApp(config, log, { ...options, signal: stop, database });
  } catch (error) {
    if (!stop.aborted) throw error;
    log.info('Stopped before everything was open');
    return undefined;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
