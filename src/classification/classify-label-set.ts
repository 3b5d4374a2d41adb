import type { Database } from '../db/database.js';
import { classifyImages, classifyMissing, classifyNext } from '../db/classify.js';
import {
  beginRun,
  completeRun,
  countVectors,
  deleteRunPart,
  ensureRun,
  failRun,
  findOldRuns,
  isRunWanted,
  type RunRow,
} from '../db/label-runs.js';
import { findLabelSets } from '../db/label-sets.js';
import { messageOf, RequestError } from '../errors.js';
import { enqueueClassification } from '../jobs/queue.js';
import type { Tasks } from '../jobs/jobs.js';
import type { Logger } from '../log.js';
import type { TextEmbeddings } from '../search/text-embeddings.js';
import { embedRun } from './embed-run.js';
import { SCORING_RULES } from './scoring-rules.js';

/** A job is short, so that stopping a worker never waits for long; it queues itself for the rest. */
const JOB_MS = 3_000;
/**
 * Comparisons in one statement. On a server they take some 0.1 s; on the embedded database everybody else waits so long for the
 * one session.
 */
const COMPARISONS = { server: 200_000, embedded: 50_000 } as const;
const FEWEST_IMAGES = 50;
const MOST_IMAGES = 2_000;
const DELETED_AT_ONCE = 5_000;

/**
 * The background work on one label set: its labels are embedded, then every image is compared with them in the database, and
 * once all are, readers see the new version, and older ones are cleared away. May be run again and again, by several workers
 * at once, and be cut off at any moment: what is stored counts.
 */
export function createClassifyLabelSet(dependencies: {
  readonly database: Database;
  readonly modelId: number;
  readonly textEmbeddings: TextEmbeddings;
  readonly jobMaxAttempts: number;
  readonly log: Logger;
}): NonNullable<Tasks['classify_label_set']> {
  const { database, modelId, textEmbeddings, jobMaxAttempts, log } = dependencies;
  const { pool } = database;

  return async ({ labelSetId }, lastAttempt) => {
    const deadline = performance.now() + JOB_MS;
    const run = await ensureRun(pool, labelSetId, modelId);
    if (run === undefined) {
      if ((await findLabelSets(pool, [labelSetId])).length === 0) return;
      // A process is about to change to the new model when another has activated it. The job is tried again then.
      throw new Error('Another model is active than the one that this process works with.');
    }
    if (run.state === 'WAITING' && !(await begin(run, lastAttempt))) return;
    const isDone = (await classifyAll(run, deadline)) && (await clearAway(labelSetId, deadline));
    if (!isDone) await enqueueClassification(pool, [labelSetId], jobMaxAttempts);
  };

  /** @returns false when that is hopeless, which is noted on the run */
  async function begin(run: RunRow, lastAttempt: boolean): Promise<boolean> {
    try {
      await beginRun(pool, run, await embedRun(run, { pool, textEmbeddings }));
      return true;
    } catch (error) {
      const isHopeless = error instanceof RequestError && error.code === 'BAD_USER_INPUT';
      if (!isHopeless && !lastAttempt) throw error;
      log.error({ err: error, labelSet: run.labelSetId }, 'The labels of a set cannot be embedded');
      await failRun(pool, run.id, isHopeless ? messageOf(error) : FAILED);
      return false;
    }
  }

  /** @returns false when time is up */
  async function classifyAll(run: RunRow, deadline: number): Promise<boolean> {
    const limit = imagesAtOnce(await countVectors(pool, run.id));
    if (run.state !== 'WHOLE') {
      for (let { lastImageId } = run, images = limit; images === limit;) {
        if (performance.now() > deadline) return false;
        // Somebody changes labels while millions of images are classified: the new version is what counts.
        if (!(await isRunWanted(pool, run.id))) return true;
        ({ images, lastImageId } = await classifyNext(pool, SCORING_RULES, { ...run, lastImageId }, limit));
      }
    }
    while (!(await completeRun(pool, run.id))) {
      if (performance.now() > deadline) return false;
      if (!(await isRunWanted(pool, run.id))) return true;
      await classifyMissing(pool, SCORING_RULES, run, limit);
    }
    return true;
  }

  /** @returns false when time is up */
  async function clearAway(labelSetId: number, deadline: number): Promise<boolean> {
    for (const runId of await findOldRuns(pool, labelSetId, modelId)) {
      while (!(await deleteRunPart(pool, runId, DELETED_AT_ONCE))) {
        if (performance.now() > deadline) return false;
      }
    }
    return true;
  }

  function imagesAtOnce(vectors: number): number {
    const images = Math.floor(COMPARISONS[database.kind] / Math.max(1, vectors));
    return Math.min(MOST_IMAGES, Math.max(FEWEST_IMAGES, images));
  }
}

const FAILED =
  "The labels could not be embedded; the server's log has the cause. Once that is mended, change the set or start the server again.";

/**
 * Classifies an image that has just become READY with every set. Cheap: one statement, in which nothing is encoded. May be run
 * again.
 */
export function createClassifyImage(dependencies: {
  readonly database: Database;
  readonly modelId: number;
}): (imageId: number) => Promise<void> {
  const { database, modelId } = dependencies;
  return (imageId) => classifyImages(database.pool, SCORING_RULES, modelId, [imageId]);
}
