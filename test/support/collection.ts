import path from 'node:path';
import { z } from 'zod';
import type { Encoder } from '../../src/clip/encoder.js';
import type { Limits } from '../../src/config.js';
import type { StorageConfig } from '../../src/storage-config.js';
import type { Database } from '../../src/db/database.js';
import type { ImageRow } from '../../src/db/images.js';
import { registerModel } from '../../src/db/models.js';
import { createHandedOver } from '../../src/images/handed-over.js';
import { createImages, type ImagesDependencies } from '../../src/images/create-images.js';
import type { AddResult, Images } from '../../src/images/images.js';
import { createProcessImage } from '../../src/images/process-image.js';
import { openStorage, originalName, type ImageStorage } from '../../src/images/storage.js';
import type { Tasks } from '../../src/jobs/jobs.js';
import { createDuplicates } from '../../src/search/create-duplicates.js';
import { createLogger } from '../../src/log.js';
import { createTestDatabase } from './database.js';
import { createFakeEncoder } from './fake-encoder.js';

export const TEST_LIMITS: Limits = {
  imageBytes: 1024 * 1024,
  imagePixels: 1_000_000,
  imageFrames: 10,
  bodyBytes: 2 * 1024 * 1024,
  fetchTimeoutMs: 30_000,
};

/** The images of a database of its own, without HTTP, without a model and with nothing that runs by itself. */
export interface Collection {
  readonly database: Database;
  readonly storage: ImageStorage;
  readonly dataFolder: string;
  readonly images: Images;
  readonly encoder: Encoder;
  readonly modelId: number;
  /** What a worker does with a job, at once. */
  readonly process: Tasks['process_image'];
  /** The queued jobs by key. */
  jobs(): Promise<readonly z.infer<typeof jobRow>[]>;
  /** Another `Images` on the same database and storage, as another process would have. */
  another(overrides?: Partial<ImagesDependencies>): Images;
  /** Where an original lies when the storage is the disk. */
  originalPath(sha256: string): string;
  drop(): Promise<void>;
}

const jobRow = z.object({
  key: z.string().nullable(),
  task: z.string(),
  attempts: z.int(),
  max_attempts: z.int(),
});

export async function openCollection(
  options: { readonly encoder?: Encoder; readonly storage?: StorageConfig } & Partial<
    Pick<ImagesDependencies, 'limits' | 'policy' | 'fetchPolicy' | 'uploadIdleMs'>
  > = {},
): Promise<Collection> {
  const { encoder = createFakeEncoder(), storage: _storage, ...overrides } = options;
  const testDatabase = await createTestDatabase();
  const database = await testDatabase.open();
  const dataFolder = z.string().parse(testDatabase.variables['PICTOGRAPH_DATA']);
  const log = createLogger('silent');
  const storage = await openStorage(options.storage ?? { kind: 'disk', folder: dataFolder }, log);
  const model = await registerModel(database, encoder.card);
  const modelId = model.id;
  const duplicates = createDuplicates({ database, model });
  const handedOver = createHandedOver(() => encoder);
  const another = (more: Partial<ImagesDependencies> = {}) =>
    createImages({
      database,
      storage,
      modelId: () => modelId,
      limits: TEST_LIMITS,
      policy: { acceptSvg: false, keepGps: true },
      jobMaxAttempts: 3,
      handedOver,
      log,
      ...overrides,
      ...more,
    });
  return {
    database,
    storage,
    dataFolder,
    images: another(),
    encoder,
    modelId,
    process: createProcessImage({
      database,
      storage,
      encoder,
      modelId,
      limits: TEST_LIMITS,
      classify: () => Promise.resolve(),
      recordDuplicates: duplicates.record,
      handedOver,
      jobMaxAttempts: 3,
      log,
    }),
    another,
    async jobs() {
      const { rows } = await database.pool.query(
        'SELECT key, task_identifier AS task, attempts, max_attempts FROM graphile_worker.jobs ORDER BY id',
      );
      return z.array(jobRow).parse(rows);
    },
    originalPath: (sha256) => path.join(dataFolder, 'originals', originalName(sha256)),
    drop: () => testDatabase.drop(),
  };
}

/** Adds bytes as base64 and insists that they are accepted. */
export async function addPicture(
  images: Images,
  bytes: Buffer,
  details: Parameters<Images['add']>[1] = {},
): Promise<ImageRow> {
  const result = await images.add({ kind: 'base64', base64: bytes.toString('base64') }, details);
  if (result.outcome !== 'accepted')
    throw new Error(`The picture was not accepted: ${JSON.stringify(result)}`);
  return result.image;
}

/** What became of a source, as `outcome` or `CODE: message`. */
export function describeResult(result: AddResult): string {
  return result.outcome === 'rejected' ? `${result.code}: ${result.message}` : result.outcome;
}
