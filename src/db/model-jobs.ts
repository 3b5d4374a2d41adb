import type { Queryable } from './database.js';

/** The names of the tasks that embed the collection with another model, and that delete what a retired model leaves. */
const EMBED_COLLECTION = 'embed_collection';
const CLEAR_MODEL = 'clear_model';
/** In so many parts the collection is embedded with another model: as many jobs can work on it at once, in all processes together. */
export const COLLECTION_SLICES = 16;

/** A part of the collection that is to be embedded with a model: image ids of one remainder. */
export interface CollectionSlice {
  readonly modelId: number;
  /** The remainder of ids divided by COLLECTION_SLICES. */
  readonly slice: number;
  /** Only ids behind this one. */
  readonly after: number;
}

/** The arguments of `graphile_worker.add_job` for a slice, in SQL. */
export const sliceJobSql = (modelId: string, slice: string, after: string, maxAttempts: string): string =>
  `'${EMBED_COLLECTION}', json_build_object('modelId', ${modelId}, 'slice', ${slice}, 'after', ${after}),
   max_attempts => ${maxAttempts}, job_key => 'model:' || ${modelId} || ':' || ${slice}`;

/** Queues a slice; one that waits already begins where this one does. */
export async function addSliceJob(
  queryable: Queryable,
  { modelId, slice, after }: CollectionSlice,
  maxAttempts: number,
  delaySeconds = 0,
): Promise<void> {
  await queryable.query(
    `/* jobs.addSlice */
     SELECT graphile_worker.add_job(
       ${sliceJobSql('$1::integer', '$2::integer', '$3::bigint', '$4::integer')},
       run_at => now() + make_interval(secs => $5::float8))`,
    [modelId, slice, after, maxAttempts, delaySeconds],
  );
}

/** Queues all slices, from their beginning, for each of these models. */
export async function addCollectionJobs(
  queryable: Queryable,
  modelIds: readonly number[],
  maxAttempts: number,
): Promise<void> {
  if (modelIds.length === 0) return;
  await queryable.query(
    `/* jobs.addCollection */
     SELECT graphile_worker.add_job(${sliceJobSql('m.id', 's.slice', '0', '$2::integer')})
     FROM unnest($1::integer[]) AS m (id), generate_series(0, ${COLLECTION_SLICES - 1}) AS s (slice)`,
    [modelIds, maxAttempts],
  );
}

/** Queues the deletion of what a retired model leaves. */
export async function addClearJob(queryable: Queryable, modelId: number, maxAttempts: number): Promise<void> {
  await queryable.query(
    `/* jobs.addClear */
     SELECT graphile_worker.add_job('${CLEAR_MODEL}', json_build_object('modelId', $1::integer),
       max_attempts => $2::integer, job_key => 'clear:' || $1::integer)`,
    [modelId, maxAttempts],
  );
}
