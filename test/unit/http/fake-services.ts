import { Readable } from 'node:stream';
import { RequestError } from '../../../src/errors.js';
import type { Services } from '../../../src/graphql/context.js';
import type { ImageParent } from '../../../src/graphql/mappers.js';
import { RejectedImageError, type ByteSource, type Images } from '../../../src/images/images.js';
import type { Match, Search } from '../../../src/search/search.js';
import { fakeClassifications, fakeLabelFeedback, fakeLabelSets } from './fake-label-sets.js';
import { fakeModels } from './fake-models.js';
import { fakeSavedSearches, fakeSearchLog } from './fake-saved-searches.js';

/**
 * The domain in memory: enough of it to test what GraphQL and HTTP do with it. Everything here counts its calls, so
 * that tests can see what did not happen.
 */
export interface FakeServices extends Services {
  readonly rows: ImageParent[];
  readonly calls: string[];
  /** What every following call of this name rejects with. */
  readonly failures: Map<string, Error>;
  /** Bytes of the sources that were added or read. */
  readonly received: Buffer[];
  /** Tells subscribers of `imageProcessed`. */
  announce(id: number): void;
  subscribers(): number;
}

const DIGEST = 'a'.repeat(32);
const PROGRESS: Awaited<ReturnType<Images['progress']>> = {
  pending: 3,
  ready: 5,
  failed: 0,
  running: 1,
  imagesPerSecond: 1.5,
  secondsLeft: 2,
  updatedAt: new Date(1000),
};

export function fakeRow(id: number, changes: Partial<ImageParent> = {}): ImageParent {
  return {
    id,
    sha256: id.toString(16).padStart(64, '0'),
    mediaType: 'image/png',
    width: 64,
    height: 48,
    byteSize: 1000 + id,
    filename: `image-${id}.png`,
    title: null,
    tags: [],
    metadata: {},
    takenAt: null,
    location: null,
    camera: null,
    frameCount: 1,
    status: 'READY',
    failureCode: null,
    failureMessage: null,
    attempts: 1,
    createdAt: new Date(Date.UTC(2026, 0, 1) + id * 1000),
    updatedAt: new Date(Date.UTC(2026, 0, 2) + id * 1000),
    readyAt: new Date(Date.UTC(2026, 0, 2) + id * 1000),
    ...changes,
  };
}

const ORIGINAL = Buffer.from('0123456789');

export function fakeServices(count = 5): FakeServices {
  const rows = Array.from({ length: count }, (_, index) => fakeRow(index + 1));
  const calls: string[] = [];
  const failures = new Map<string, Error>();
  const received: Buffer[] = [];
  const listeners = new Set<(id: number) => void>();

  const call = (name: string): Promise<void> => {
    calls.push(name);
    const failure = failures.get(name);
    return failure ? Promise.reject(failure) : Promise.resolve();
  };

  const images: Images = {
    async add(source) {
      await call('images.add');
      try {
        received.push(await readSource(source));
      } catch (error) {
        if (!(error instanceof RejectedImageError)) throw error;
        return { outcome: 'rejected', code: error.code, message: error.message };
      }
      const image = fakeRow(rows.length + 1, { status: 'PENDING' });
      rows.push(image);
      return { outcome: 'accepted', image };
    },
    async update(id, changes) {
      await call('images.update');
      const image = rows.find((row) => row.id === id);
      if (image === undefined) return { outcome: 'not-found' };
      if (changes.title === '') return { outcome: 'invalid', field: 'title', message: 'is empty' };
      return { outcome: 'updated', image: { ...image, title: changes.title ?? image.title } };
    },
    async delete(ids) {
      await call('images.delete');
      return { deleted: ids.filter((id) => rows.some((row) => row.id === id)) };
    },
    async retryFailed(ids) {
      await call('images.retryFailed');
      return ids?.length ?? 7;
    },
    async byIds(ids) {
      await call('images.byIds');
      return new Map(rows.filter((row) => ids.includes(row.id)).map((row) => [row.id, row]));
    },
    async statesOf(ids) {
      await call('images.statesOf');
      return new Map(rows.filter((row) => ids.includes(row.id)).map((row) => [row.id, row]));
    },
    async list(request) {
      await call('images.list');
      const sign = request.orderBy.direction === 'ASC' ? 1 : -1;
      const beyond = (row: ImageParent, id: number) => (row.id - id) * sign > 0;
      const ordered = rows
        .filter(({ id }) => request.filter.ids?.includes(id) ?? true)
        .sort((a, b) => (a.id - b.id) * sign)
        .filter((row) => request.after === undefined || beyond(row, request.after.id))
        .filter(
          (row) =>
            request.before === undefined || (!beyond(row, request.before.id) && row.id !== request.before.id),
        );
      const page = request.from === 'start' ? ordered.slice(0, request.limit) : ordered.slice(-request.limit);
      const isWhole = page.length === ordered.length;
      return {
        images: page,
        hasNextPage: request.from === 'start' ? !isWhole : request.before !== undefined,
        hasPreviousPage: request.from === 'end' ? !isWhole : request.after !== undefined,
      };
    },
    async count() {
      await call('images.count');
      return rows.length;
    },
    async random(_filter, limit) {
      await call('images.random');
      return rows.slice(0, limit);
    },
    async stats() {
      await call('images.stats');
      return {
        images: rows.length,
        pending: 0,
        ready: rows.length,
        failed: 0,
        bytes: 5_000_000_000,
        texts: 3,
      };
    },
    async progress() {
      await call('images.progress');
      return PROGRESS;
    },
    async *watchProgress() {
      await call('images.watchProgress');
      yield PROGRESS;
    },
    positionOf: (image, field) => ({
      id: image.id,
      key: {
        CREATED_AT: image.createdAt.toISOString(),
        UPDATED_AT: image.updatedAt.toISOString(),
        TAKEN_AT: image.takenAt?.toISOString() ?? null,
        FILENAME: image.filename,
        BYTE_SIZE: image.byteSize,
      }[field],
    }),
    async read(source) {
      await call('images.read');
      const bytes = await readSource(source);
      received.push(bytes);
      return bytes;
    },
    async referenceStates() {
      await call('images.referenceStates');
      return new Map<number, never>();
    },
    async original(sha256) {
      await call('images.original');
      const image = rows.find((row) => row.sha256 === sha256);
      return (
        image && {
          mediaType: image.mediaType,
          size: ORIGINAL.length,
          open: ({ start, end } = { start: 0, end: ORIGINAL.length - 1 }) =>
            Promise.resolve(Readable.from([ORIGINAL.subarray(start, end + 1)])),
        }
      );
    },
    async thumbnail(sha256) {
      await call('images.thumbnail');
      return rows.some((row) => row.sha256 === sha256) ? ORIGINAL : undefined;
    },
    async *processed(signal) {
      const queue: number[] = [];
      let wake: () => void = () => undefined;
      const listener = (id: number) => {
        queue.push(id);
        wake();
      };
      listeners.add(listener);
      signal?.addEventListener('abort', () => {
        wake();
      });
      try {
        while (signal?.aborted !== true) {
          const id = queue.shift();
          if (id !== undefined) yield id;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        listeners.delete(listener);
      }
    },
  };

  const search: Search = {
    async search(request) {
      await call('search.search');
      if (request.after !== undefined && request.after.digest !== DIGEST) {
        throw new RequestError('INVALID_CURSOR', 'The cursor was made for another search.');
      }
      const ready = rows.filter(({ status, id }) => status === 'READY' && id !== request.excludeId);
      const start = request.after?.rank ?? 0;
      const matches = ready.slice(start, start + request.limit).map(({ id }, index): Match => {
        const rank = start + index + 1;
        return {
          imageId: id,
          similarity: 1 - rank / 100,
          rank,
          position: { distance: rank / 100, id, rank, digest: DIGEST },
        };
      });
      return {
        matches,
        hasNextPage: start + matches.length < ready.length,
        plan: {
          strategy: 'EXACT',
          candidates: ready.length,
          exhaustive: true,
          efSearch: null,
          encodeMs: 0.1,
          databaseMs: 0.2,
        },
      };
    },
    background: () => Promise.resolve(null),
    probe: () => Promise.resolve(true),
    vectorIndexes: () => Promise.resolve(new Map()),
    async embeddings(ids) {
      await call('search.embeddings');
      return new Map(ids.map((id) => [id, new Float32Array([id, 0, 0, 0])]));
    },
    async models() {
      await call('search.models');
      return [
        {
          id: 1,
          name: 'fake-clip',
          revision: 'local',
          dtype: 'fp32',
          dimensions: 4,
          logitScale: 100,
          fingerprint: 'f'.repeat(64),
          active: true,
          state: 'EMBEDDING',
          imageCount: rows.length,
          createdAt: new Date(0),
        },
      ];
    },
  };

  const duplicates: Services['duplicates'] = {
    ofImage: ({ imageId: id, ...page }) =>
      search.search({ ...page, query: { kind: 'image', id }, filter: {}, mode: 'EXACT', excludeId: id }),
    groups: () => Promise.resolve({ groups: [], hasNextPage: false, totalCount: 0, exhaustive: true }),
    record: () => Promise.resolve(),
  };

  const classification: Services['classification'] = {
    async embedLabels({ labels }) {
      await call('classification.embedLabels');
      return labels.map((label) => ({
        label,
        embedding: new Float32Array(4),
        background: new Float32Array(4),
      }));
    },
    score: (_image, labels) =>
      labels.map(({ label }, index) => ({ label, score: index === 0 ? 1 : 0, similarity: 0.5 })),
    async embedImage() {
      await call('classification.embedImage');
      return new Float32Array(4);
    },
  };

  return {
    images,
    search,
    savedSearches: fakeSavedSearches(call),
    searchLog: fakeSearchLog(call),
    duplicates,
    clusters: {
      cluster: () => Promise.resolve({ clusters: [], clusteredCount: 0, exhaustive: true }),
      centre: () => Promise.resolve(undefined),
    },
    suggestions: { vocabularies: [], suggest: () => Promise.resolve([]) },
    classification,
    labelSets: fakeLabelSets,
    classifications: fakeClassifications,
    labelFeedback: fakeLabelFeedback,
    models: fakeModels(),
    rows,
    calls,
    failures,
    received,
    announce(id) {
      for (const listener of listeners) listener(id);
    },
    subscribers: () => listeners.size,
  };
}

async function readSource(source: ByteSource): Promise<Buffer> {
  switch (source.kind) {
    case 'base64':
      return Buffer.from(source.base64, 'base64');
    case 'url':
      throw new RejectedImageError('URL_REFUSED', `${source.url} is not allowed.`);
    case 'file':
      throw new Error('not through GraphQL');
    case 'stream':
      return gather(await source.open());
  }
}

async function gather(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
