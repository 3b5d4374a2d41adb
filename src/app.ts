import { loadActiveModel, loadModel, loadRegistered, modelCache } from './active-model.js';
import { loadVocabularies } from './classification/vocabularies.js';
import type { Encoder } from './clip/encoder.js';
import { createLazyEncoder } from './clip/lazy-encoder.js';
import type { DownloadProgress } from './clip/load-encoder.js';
import type { Config } from './config.js';
import { expectsOriginals } from './db/consistency.js';
import type { Database } from './db/database.js';
import { clearModel } from './db/model-states.js';
import type { ModelRow } from './db/models.js';
import { messageOf } from './errors.js';
import type { Services } from './graphql/context.js';
import type { Server } from './http/server.js';
import { ModelSwitchedError } from './images/process-image.js';
import { createImages } from './images/create-images.js';
import { createHandedOver } from './images/handed-over.js';
import { openMigratedDatabase } from './migrated-database.js';
import { openAnalytics } from './open-analytics.js';
import { openStorage } from './images/storage.js';
import type { Tasks } from './jobs/jobs.js';
import { requeueOrphans } from './jobs/queue.js';
import { startJobRunner, type JobRunner } from './jobs/runner.js';
import type { Logger } from './log.js';
import { answerTextRequests } from './search/answer-text-requests.js';
import { createModelServices, type ModelServices } from './model-services.js';
import { createModelSwitch, type ModelSwitch } from './model-switch.js';
import { createAlsoEmbed } from './models/also-embed.js';
import { createModels } from './models/create-models.js';
import { createEmbedCollection } from './models/embed-collection.js';
import type { Models } from './models/models.js';
import { queueModels } from './models/queue-models.js';
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
  readonly models: Models;

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
  /** One that `openMigratedDatabase` opens already; the application closes it. */
  readonly database?: Promise<Database>;
}

/** The composition root: the one place that creates the parts and knows how they depend on each other. */
export async function openApp(config: Config, log: Logger, options: AppOptions = {}): Promise<App> {
  const database = await (options.database ?? openMigratedDatabase(config, log));
  const closing: (() => Promise<void>)[] = [() => database.close()];
  const stopping = new AbortController();
  const close = async () => {
    stopping.abort();
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
    const jobMaxAttempts = config.jobs.maxAttempts;
    const loaded = await loadActiveModel(config, database, log, options);
    const byModel = new Map<number, ModelServices>();
    closing.push(async () => {
      await Promise.all([...byModel.values()].map(({ encoder }) => encoder.close()));
    });
    /** One for each model of this process; with an encoder that is loaded already where there is one. */
    const servicesOf = (model: ModelRow, given?: Encoder): ModelServices => {
      const known = byModel.get(model.id);
      if (known !== undefined) {
        if (given !== undefined) known.encoder.adopt(given);
        return known;
      }
      const load = () =>
        loadRegistered(config, log, model, { ...options, signal: stopping.signal }).catch(
          (error: unknown) => {
            log.error({ model: model.name, reason: messageOf(error) }, 'A model cannot be loaded');
            throw error;
          },
        );
      const card = given?.card ?? model;
      const encoder = createLazyEncoder({ card, load, loaded: given });
      const services = createModelServices(shared, { model, encoder });
      byModel.set(model.id, services);
      return services;
    };
    const modelId = () => models.current.model.id;
    let isWorking = false;
    const handedOver = createHandedOver(() => (isWorking ? models.current.encoder : undefined));
    const images = createImages({
      database,
      storage,
      modelId,
      handedOver,
      limits: config.limits,
      policy: config.policy,
      jobMaxAttempts,
      log,
    });
    const searchLog = createSearchLog({ database, modelId, settings: config.searchLog, log });
    closing.push(() => searchLog.close());
    const embed: TextEmbeddings['embed'] = (texts) => models.current.textEmbeddings.embed(texts);

    let analyticsPort: number | undefined;

    const alsoEmbed = createAlsoEmbed(() => models.others, log);
    const shared = { config, database, storage, images, searchLog, alsoEmbed, handedOver, vocabularies, log };
    const first = servicesOf(loaded.model, loaded.encoder);
    await first.encoder.keep();
    const models = createModelSwitch({ database, first, servicesOf, signal: stopping.signal, log });
    const registeredModels = createModels({
      database,
      load: (request, signal) =>
        loadModel(config, log, request, {
          ...options,
          signal: AbortSignal.any([stopping.signal, ...(signal ? [signal] : [])]),
        }),
      partsOf: servicesOf,
      refresh: () => models.refresh(),
      configuredSource: config.model.source,
      cacheFolder: modelCache(config),
      jobMaxAttempts,
      log,
    });
    const app: App = {
      config,
      database,
      images,
      searchLog,
      models: registeredModels,
      get encoder() {
        return models.current.encoder;
      },
      get model() {
        return models.current.model;
      },
      get analyticsPort() {
        return analyticsPort;
      },
      get textEmbeddings() {
        return models.current.textEmbeddings;
      },
      get search() {
        return models.current.search;
      },
      get savedSearches() {
        return models.current.savedSearches;
      },
      get duplicates() {
        return models.current.duplicates;
      },
      get clusters() {
        return models.current.clusters;
      },
      get suggestions() {
        return models.current.suggestions;
      },
      get classification() {
        return models.current.classification;
      },
      get labelSets() {
        return models.current.labelSets;
      },
      get classifications() {
        return models.current.classifications;
      },
      get labelFeedback() {
        return models.current.labelFeedback;
      },
      async work() {
        await requeueOrphans(database, jobMaxAttempts);
        await models.follow();
        await models.current.queueWork();
        await queueModels(database, jobMaxAttempts);
        const runner: JobRunner = await startJobRunner({
          database,
          tasks: {
            process_image: (...job) => processByActive(models, job),
            find_duplicates: async () => models.current.tasks.find_duplicates?.(),
            classify_label_set: async (...job) => models.current.tasks.classify_label_set?.(...job),
            embed_collection: createEmbedCollection({
              database,
              storage,
              encoderOf: (model) => servicesOf(model).encoder,
              limits: config.limits,
              jobMaxAttempts,
              log,
            }),
            clear_model: ({ modelId: id }) => clearModel(database, id, log),
          },
          concurrency: config.jobs.concurrency,
          log,
        });
        closing.push(() => runner.stop());
        isWorking = true;
      },
      async listen() {
        // Apollo and Express take half a second of a core to load, which only a server has use for.
        const { startServer } = await import('./http/server.js');
        searchLog.start();
        closing.push(await answerTextRequests({ database, embed, log }));
        await models.follow();
        const server = await startServer({
          config,
          services: app,
          database,
          encoder: {
            async ready() {
              await models.current.encoder.ready();
              await models.ready();
            },
          },
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

/** An image that was embedded while another model became active is embedded by that one, within the same job. */
async function processByActive(models: ModelSwitch, job: Parameters<Tasks['process_image']>): Promise<void> {
  for (;;) {
    const { current } = models;
    try {
      await current.tasks.process_image(...job);
      return;
    } catch (error) {
      if (!(error instanceof ModelSwitchedError)) throw error;
      await models.changed(current);
    }
  }
}
