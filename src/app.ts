import { mkdir } from 'node:fs/promises';
import { loadActiveModel } from './active-model.js';
import { loadVocabularies } from './classification/vocabularies.js';
import type { Encoder } from './clip/encoder.js';
import type { DownloadProgress } from './clip/load-encoder.js';
import type { Config } from './config.js';
import { expectsOriginals } from './db/consistency.js';
import type { Database } from './db/database.js';
import { migrate } from './db/migrate.js';
import type { ModelRow } from './db/models.js';
import { openDatabase } from './db/open.js';
import { OperatorError, messageOf } from './errors.js';
import type { Services } from './graphql/context.js';
import type { Server } from './http/server.js';
import { createImages } from './images/create-images.js';
import { openAnalytics } from './open-analytics.js';
import { openStorage } from './images/storage.js';
import { requeueOrphans } from './jobs/queue.js';
import { startJobRunner, type JobRunner } from './jobs/runner.js';
import type { Logger } from './log.js';
import { createModelServices } from './model-services.js';
import { answerTextRequests } from './search/answer-text-requests.js';
import { createSearchLog } from './search/search-log.js';
import type { TextEmbeddings } from './search/text-embeddings.js';

/**
 * A running Pictograph: every part made and wired, nothing started that was not asked for. What depends on the active model is
 * taken from here each time and never kept: another model may become active.
 */
export interface App extends Services {
  readonly config: Config;
  readonly database: Database;
  readonly encoder: Encoder;
  readonly model: ModelRow;
  readonly textEmbeddings: TextEmbeddings;
  /** Where psql reads the embedded database, on 127.0.0.1; undefined when that is off, and before `listen`. */
  readonly analyticsPort: number | undefined;

  /** Begins to process queued images in this process. */
  work(): Promise<void>;
  /** Begins to answer HTTP and WebSocket requests. */
  listen(): Promise<Server>;
  /** Ends in the order that loses nothing: requests, jobs, encoder, database. May be called more than once. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly onDownload?: (progress: DownloadProgress) => void;
  /** Gives up the download of a model; `openApp` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Opens the database in the state that this version needs: reachable, migrated. */
export async function openMigratedDatabase(config: Config, log: Logger): Promise<Database> {
  await mkdir(config.dataFolder, { recursive: true }).catch((error: unknown) => {
    throw new OperatorError(
      `The data folder ${config.dataFolder} cannot be made (${messageOf(error)}). Set PICTOGRAPH_DATA to a folder that may be written.`,
    );
  });
  const database = await openDatabase({
    databaseUrl: config.databaseUrl,
    dataFolder: config.dataFolder,
    poolSize: config.databasePoolSize,
    log,
  });
  try {
    await migrate(database, log);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The composition root: the one place that creates the parts and knows how they depend on each other. */
export async function openApp(config: Config, log: Logger, options: AppOptions = {}): Promise<App> {
  const database = await openMigratedDatabase(config, log);
  const closing: (() => Promise<void>)[] = [() => database.close()];
  const close = async () => {
    for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
  };
  try {
    // Before the model: a bucket that cannot be reached is found out before hundreds of megabytes are downloaded.
    const holdsOriginals = () => expectsOriginals(database.pool);
    const storage = await openStorage(config.storage, log, { holdsOriginals });
    closing.push(() => {
      storage.close();
      return Promise.resolve();
    });
    const vocabularies = await loadVocabularies(config.vocabularyFolder);
    const loaded = await loadActiveModel(config, database, log, options);
    closing.push(() => loaded.encoder.close());
    const modelId = () => current.model.id;
    const images = createImages({
      database,
      storage,
      modelId,
      limits: config.limits,
      policy: config.policy,
      jobMaxAttempts: config.jobs.maxAttempts,
      log,
    });
    const searchLog = createSearchLog({ database, modelId, settings: config.searchLog, log });
    closing.push(() => searchLog.close());
    const shared = { config, database, storage, images, searchLog, vocabularies, log };
    const current = createModelServices(shared, loaded);
    const embed: TextEmbeddings['embed'] = (texts) => current.textEmbeddings.embed(texts);

    let analyticsPort: number | undefined;

    const app: App = {
      config,
      database,
      images,
      searchLog,
      get encoder() {
        return current.encoder;
      },
      get model() {
        return current.model;
      },
      get analyticsPort() {
        return analyticsPort;
      },
      get textEmbeddings() {
        return current.textEmbeddings;
      },
      get search() {
        return current.search;
      },
      get savedSearches() {
        return current.savedSearches;
      },
      get duplicates() {
        return current.duplicates;
      },
      get clusters() {
        return current.clusters;
      },
      get suggestions() {
        return current.suggestions;
      },
      get classification() {
        return current.classification;
      },
      get labelSets() {
        return current.labelSets;
      },
      get classifications() {
        return current.classifications;
      },
      get labelFeedback() {
        return current.labelFeedback;
      },
      async work() {
        await requeueOrphans(database, config.jobs.maxAttempts);
        await current.queueWork();
        const runner: JobRunner = await startJobRunner({
          database,
          tasks: {
            process_image: (...job) => current.tasks.process_image(...job),
            find_duplicates: async () => current.tasks.find_duplicates?.(),
            classify_label_set: async (...job) => current.tasks.classify_label_set?.(...job),
          },
          concurrency: config.jobs.concurrency,
          log,
        });
        closing.push(() => runner.stop());
      },
      async listen() {
        // Apollo and Express take half a second of a core to load, which only a server has use for.
        const { startServer } = await import('./http/server.js');
        searchLog.start();
        closing.push(await answerTextRequests({ database, embed, log }));
        const server = await startServer({
          config,
          services: app,
          database,
          encoder: { ready: () => current.encoder.ready() },
          log,
        });
        closing.push(() => server.close());
        const { analytics } = config;
        if (analytics.port !== undefined) {
          const port = await openAnalytics({ config, database, log, embed });
          closing.push(() => port.close());
          analyticsPort = port.port;
        }
        return server;
      },
      close,
    };
    return app;
  } catch (error) {
    await close();
    throw error;
  }
}
