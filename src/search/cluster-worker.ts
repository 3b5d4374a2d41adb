import { parentPort, workerData } from 'node:worker_threads';
import { sphericalKMeans, type Vectors } from './spherical-k-means.js';

/** Clusters the vectors that it was started with, answers once and ends. */
const { vectors, k } = workerData as { readonly vectors: Vectors; readonly k: number };
parentPort?.postMessage(sphericalKMeans(vectors, k));
