import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Database } from '../db/database.js';
import { sampleEmbeddings } from '../db/image-sample.js';
import { RequestError } from '../errors.js';
import { createLimiter } from '../limiter.js';
import { startWorkerThread } from '../worker-thread.js';
import {
  MAX_CLUSTERED,
  MAX_CLUSTERS,
  type ClusterMember,
  type Clusters,
  type ImageCluster,
} from './clusters.js';
import type { Clustering } from './spherical-k-means.js';
import { meanDirection } from './unit-vector.js';

/** Clusters over the embeddings of one model. One computation at a time, in a thread: a second of one core at most. */
export function createClusters(dependencies: {
  readonly database: Database;
  readonly model: { readonly id: number; readonly dimensions: number };
}): Clusters {
  const { database, model } = dependencies;
  const oneAtATime = createLimiter(1);

  return {
    async cluster({ k, filter }) {
      if (!Number.isInteger(k) || k < 1 || k > MAX_CLUSTERS) {
        throw new RequestError(
          'BAD_USER_INPUT',
          `\`k\` is ${k}, but from 1 to ${MAX_CLUSTERS} clusters can be asked for.`,
        );
      }
      return oneAtATime(async () => {
        // One more tells whether there are more.
        const found = await sampleEmbeddings(database.pool, { modelId: model.id, filter }, MAX_CLUSTERED + 1);
        const sample = found.slice(0, MAX_CLUSTERED);
        const exhaustive = found.length <= MAX_CLUSTERED;
        if (sample.length === 0) return { clusters: [], clusteredCount: 0, exhaustive };
        const values = new Float32Array(sample.length * model.dimensions);
        for (const [index, { embedding }] of sample.entries())
          values.set(embedding, index * model.dimensions);
        const clustering = await inThread({ vectors: { values, dimensions: model.dimensions }, k });
        const clusters = toClusters(
          clustering,
          sample.map(({ imageId }) => imageId),
          model.dimensions,
        );
        return { clusters, clusteredCount: sample.length, exhaustive };
      });
    },

    async centre(filter) {
      const sample = await sampleEmbeddings(database.pool, { modelId: model.id, filter }, MAX_CLUSTERED);
      return sample.length === 0 ? undefined : meanDirection(sample.map(({ embedding }) => embedding));
    },
  };
}

async function inThread(task: {
  readonly vectors: { readonly values: Float32Array<ArrayBuffer>; readonly dimensions: number };
  readonly k: number;
}): Promise<Clustering> {
  const worker = startWorkerThread(import.meta.url, 'cluster-worker', {
    workerData: task,
    transferList: [task.vectors.values.buffer],
  });
  try {
    const answers: unknown[] = await once(worker, 'message');
    return answers[0] as Clustering;
  } finally {
    await worker.terminate();
  }
}

function toClusters(
  { centroids, clusterOf, similarityOf }: Clustering,
  imageIds: readonly number[],
  dimensions: number,
): ImageCluster[] {
  const members = new Map<number, ClusterMember[]>();
  for (const [index, imageId] of imageIds.entries()) {
    const cluster = clusterOf[index] ?? 0;
    const list = members.get(cluster) ?? [];
    list.push({ imageId, similarity: similarityOf[index] ?? 0 });
    members.set(cluster, list);
  }
  const lowest = (list: readonly ClusterMember[]) => Math.min(...list.map(({ imageId }) => imageId));
  return [...members]
    .sort(([, one], [, other]) => other.length - one.length || lowest(one) - lowest(other))
    .map(([cluster, list]) => {
      list.sort((one, other) => other.similarity - one.similarity || one.imageId - other.imageId);
      return {
        centroid: centroids.slice(cluster * dimensions, (cluster + 1) * dimensions),
        members: list,
        digest: digestOf(list),
      };
    });
}

function digestOf(members: readonly ClusterMember[]): string {
  const ids = members.map(({ imageId }) => imageId).join(' ');
  return createHash('sha256').update('cluster ').update(ids).digest('base64url').slice(0, 16);
}
