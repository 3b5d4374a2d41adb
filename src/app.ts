import { mkdir } from 'node:fs/promises';
import { loadActiveModel } from './active-model.js';
import { createClassification } from './classification/create-classification.js';
import type { Classification } from './classification/classification.js';
import type { Encoder } from './clip/encoder.js';
import type { DownloadProgress } from './clip/load-encoder.js';
import type { Config } from './config.js';
import type { Database } from './db/database.js';
import { migrate } from './db/migrate.js';
import type { ModelRow } from './db/models.js';
import { openDatabase } from './db/open.js';
import { OperatorError, messageOf } from './errors.js';
import { startServer, type Server } from './http/server.js';
import { createImages } from './images/create-images.js';
import type { Images } from './images/images.js';
import { createFindDuplicates } from './images/find-duplicates.js';
import { createProcessImage } from './images/process-image.js';
import { openStorage } from './images/storage.js';
import { enqueueDuplicateSearch, requeueOrphans } from './jobs/queue.js';
import { startJobRunner, type JobRunner } from './jobs/runner.js';
import type { Logger } from './log.js';
import { createSavedSearches } from './search/create-saved-searches.js';
import { createSearch } from './search/create-search.js';
import { createSearchLog, withSearchLog, type WrittenSearchLog } from './search/search-log.js';
import type { SavedSearches } from './search/saved-searches.js';
import { createDuplicates } from './search/create-duplicates.js';
import type { Duplicates } from './search/duplicates.js';
import type { Search } from './search/search.js';
import { createTextEmbeddings } from './search/text-embeddings.js';

/** A running Pictograph: every part made and wired, nothing started that was not asked for. */
export interface App {
  readonly config: Config;
  readonly database: Database;
  readonly encoder: Encoder;
  readonly model: ModelRow;
  readonly images: Images;
  readonly search: Search;
  readonly savedSearches: SavedSearches;
  readonly searchLog: WrittenSearchLog;
  readonly duplicates: Duplicates;
  readonly classification: Classification;

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
    const storage = await openStorage(config.storage, log);
    closing.push(() => {
      storage.close();
      return Promise.resolve();
    });
    const { encoder, model } = await loadActiveModel(config, database, log, options);
    closing.push(() => encoder.close());
    const textEmbeddings = createTextEmbeddings({ database, encoder, modelId: model.id });
    const images = createImages({
      database,
      storage,
      modelId: model.id,
      limits: config.limits,
      policy: config.policy,
      jobMaxAttempts: config.jobs.maxAttempts,
      log,
    });
    const searchLog = createSearchLog({ database, modelId: model.id, settings: config.searchLog, log });
    closing.push(() => searchLog.close());
    const search = withSearchLog(createSearch({ database, encoder, textEmbeddings, model, log }), searchLog);
    const savedSearches = createSavedSearches({
      database,
      encoder,
      textEmbeddings,
      model,
      search,
      processed: (signal) => images.processed(signal),
      log,
    });
    const duplicates = createDuplicates({ database, model });
    const classification = createClassification({ textEmbeddings, encoder, logitScale: model.logitScale });

    return {
      config,
      database,
      encoder,
      model,
      images,
      search,
      savedSearches,
      searchLog,
      duplicates,
      classification,
      async work() {
        const shared = {
          database,
          storage,
          modelId: model.id,
          recordDuplicates: duplicates.record,
          jobMaxAttempts: config.jobs.maxAttempts,
          log,
        };
        const process_image = createProcessImage({ ...shared, encoder, limits: config.limits });
        const find_duplicates = createFindDuplicates(shared);
        await requeueOrphans(database, config.jobs.maxAttempts);
        await enqueueDuplicateSearch(database.pool, config.jobs.maxAttempts);
        const runner: JobRunner = await startJobRunner({
          database,
          tasks: { process_image, find_duplicates },
          concurrency: config.jobs.concurrency,
          log,
        });
        closing.push(() => runner.stop());
      },
      async listen() {
        searchLog.start();
        const server = await startServer({
          config,
          services: { images, search, savedSearches, searchLog, duplicates, classification },
          database,
          encoder,
          log,
        });
        closing.push(() => server.close());
        return server;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
