import { UMAP } from 'umap-js';
import type { Database } from '../db/database.js';
import {
  listEmbeddings,
  replaceProjection,
  sampleEmbeddings,
  type EmbeddedImage,
  type Place,
} from '../db/projection.js';
import type { ModelRow } from '../db/models.js';

/**
 * UMAP rather than the two main directions (PCA): of CLIP's embeddings these hold a small part of what tells images apart, and
 * groups lie on top of each other. What UMAP costs grows with the number of images, so a sample is laid out; every other
 * image is put between those of the sample that it resembles most.
 */
const SAMPLE = 3_000;
const NEIGHBOURS = 15;
/** Of the sample, that place another image. */
const ANCHORS = 5;
const PAGE = 1_000;
const EPOCHS = 300;
/** UMAP starts at random: from the same numbers each time, so that the same collection gives the same picture. */
const SEED = 20_251_129;

/**
 * Lays the embeddings of a model out in the plane and stores that, in the place of what was there.
 *
 * @param options `sample`: how many images are laid out, the others being put between them
 * @returns how many images have a place
 */
export async function projectEmbeddings(
  database: Database,
  model: Pick<ModelRow, 'id'>,
  options: { readonly sample?: number } = {},
): Promise<number> {
  const sample = await sampleEmbeddings(database.pool, model.id, options.sample ?? SAMPLE);
  const laidOut = await layOut(sample);
  const places: Place[] = [];
  for (let after = 0; ;) {
    const page = await listEmbeddings(database.pool, model.id, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) break;
    for (const image of page) places.push(laidOut.get(image.id) ?? placeBetween(image, sample, laidOut));
    after = last.id;
  }
  await replaceProjection(database, model.id, places);
  return places.length;
}

async function layOut(images: readonly EmbeddedImage[]): Promise<ReadonlyMap<number, Place>> {
  const points =
    // UMAP has nothing to lay out where there are fewer than it takes neighbours; side by side they can be seen.
    images.length <= 3
      ? images.map((_, index) => [index, 0])
      : await new UMAP({
          nComponents: 2,
          nNeighbors: Math.min(NEIGHBOURS, images.length - 1),
          minDist: 0.1,
          nEpochs: EPOCHS,
          random: seededRandom(SEED),
          distanceFn: cosineDistance,
        }).fitAsync(images.map(({ embedding }) => [...embedding]));
  return new Map(
    images.map(({ id }, index) => {
      const [x = 0, y = 0] = points[index] ?? [];
      return [id, { id, x, y }];
    }),
  );
}

/** The mean place of the most similar images of the sample, the more similar the more it counts. */
function placeBetween(
  image: EmbeddedImage,
  sample: readonly EmbeddedImage[],
  laidOut: ReadonlyMap<number, Place>,
): Place {
  const nearest = sample
    .map((other) => ({ id: other.id, distance: cosineDistance(image.embedding, other.embedding) }))
    .sort((a, b) => a.distance - b.distance || a.id - b.id)
    .slice(0, ANCHORS);
  let [x, y, total] = [0, 0, 0];
  for (const { id, distance } of nearest) {
    const place = laidOut.get(id);
    if (place === undefined) continue;
    const weight = 1 / (distance + 1e-6);
    x += weight * place.x;
    y += weight * place.y;
    total += weight;
  }
  return { id: image.id, x: x / total, y: y / total };
}

/** Of unit vectors. */
function cosineDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let product = 0;
  for (let index = 0; index < a.length; index++) product += (a[index] ?? 0) * (b[index] ?? 0);
  return Math.max(0, 1 - product);
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
