/** Unit vectors, one after the other. */
export interface Vectors {
  readonly values: Float32Array;
  readonly dimensions: number;
}

export interface Clustering {
  /** Unit vectors, one a cluster. */
  readonly centroids: Float32Array;
  /** The cluster of each vector. */
  readonly clusterOf: Int32Array;
  /** Cosine similarity of each vector and its cluster's centroid. */
  readonly similarityOf: Float32Array;
}

/** Rounds after which the clusters hardly change any more; most collections are done in 10 to 20. */
const MAX_ROUNDS = 40;
const SEED = 20_090_719;

/**
 * Spherical k-means: k-means by cosine similarity, with centroids brought to length 1 (Dhillon and Modha, "Concept
 * Decompositions for Large Sparse Text Data Using Clustering", Machine Learning 42, 2001). It begins with vectors that are
 * drawn far from each other (k-means++; Arthur and Vassilvitskii, SODA 2007). The same vectors in the same order always give
 * the same clusters.
 *
 * @param k at least 1; clusters are fewer where fewer vectors differ from each other
 */
export function sphericalKMeans(vectors: Vectors, k: number): Clustering {
  const { values, dimensions } = vectors;
  const count = values.length / dimensions;
  let centroids = firstCentroids(vectors, k);
  const clusterOf = new Int32Array(count).fill(-1);
  const similarityOf = new Float32Array(count);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let moved = 0;
    for (let index = 0; index < count; index++) {
      const { nearest, similarity } = nearestOf(values, index * dimensions, centroids, dimensions);
      if (clusterOf[index] !== nearest) moved += 1;
      clusterOf[index] = nearest;
      similarityOf[index] = similarity;
    }
    if (moved === 0) break;
    centroids = centroidsOf(vectors, clusterOf, centroids);
  }
  return { centroids, clusterOf, similarityOf };
}

/** Each next one is drawn with a probability in proportion to its distance (1 − similarity) from the nearest before it. */
function firstCentroids({ values, dimensions }: Vectors, k: number): Float32Array {
  const count = values.length / dimensions;
  const random = seededRandom(SEED);
  const distances = new Float64Array(count).fill(2);
  const chosen: number[] = [];
  let next = Math.floor(random() * count);
  while (chosen.length < Math.min(k, count)) {
    chosen.push(next);
    let sum = 0;
    for (let index = 0; index < count; index++) {
      const distance = 1 - dot(values, index * dimensions, values, next * dimensions, dimensions);
      // Rounding makes equal vectors differ by a ten-millionth.
      distances[index] = Math.min(distances[index] ?? 0, distance > 1e-6 ? distance : 0);
      sum += distances[index] ?? 0;
    }
    if (sum === 0) break;
    let left = random() * sum;
    next = distances.findIndex((distance) => (left -= distance) < 0);
    // Rounding may leave a little over at the end.
    if (next === -1) next = distances.findLastIndex((distance) => distance > 0);
  }
  const centroids = new Float32Array(chosen.length * dimensions);
  for (const [cluster, index] of chosen.entries()) {
    centroids.set(values.subarray(index * dimensions, (index + 1) * dimensions), cluster * dimensions);
  }
  return centroids;
}

/** The mean directions of the clusters; one that has lost all its vectors keeps its place. */
function centroidsOf(
  { values, dimensions }: Vectors,
  clusterOf: Int32Array,
  before: Float32Array,
): Float32Array {
  const sums = new Float64Array(before.length);
  for (const [index, cluster] of clusterOf.entries()) {
    for (let place = 0; place < dimensions; place++) {
      const at = cluster * dimensions + place;
      sums[at] = (sums[at] ?? 0) + (values[index * dimensions + place] ?? 0);
    }
  }
  const centroids = new Float32Array(before);
  for (let start = 0; start < sums.length; start += dimensions) {
    const norm = Math.hypot(...sums.subarray(start, start + dimensions));
    if (norm < 1e-9) continue;
    for (let place = start; place < start + dimensions; place++) centroids[place] = (sums[place] ?? 0) / norm;
  }
  return centroids;
}

function nearestOf(values: Float32Array, start: number, centroids: Float32Array, dimensions: number) {
  let nearest = 0;
  let similarity = -2;
  for (let cluster = 0; cluster * dimensions < centroids.length; cluster++) {
    const candidate = dot(values, start, centroids, cluster * dimensions, dimensions);
    if (candidate > similarity) [nearest, similarity] = [cluster, candidate];
  }
  return { nearest, similarity };
}

function dot(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let sum = 0;
  for (let place = 0; place < length; place++) sum += (a[aStart + place] ?? 0) * (b[bStart + place] ?? 0);
  return sum;
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
