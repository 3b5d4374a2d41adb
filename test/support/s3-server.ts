import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import S3rver from '@20minutes/s3rver';
import type { S3Config } from '../../src/storage-config.js';

const BUCKET = 'pictures';
/** The one account of the server. */
const KEY = 'S3RVER';

/** A server that speaks S3 over HTTP, with its objects in a folder of its own, and with faults on demand. */
export interface TestS3 {
  readonly endpoint: string;
  /** Environment for a Pictograph that keeps its images there, below this prefix. */
  variables(prefix: string): Readonly<Record<string, string>>;
  /** The same as configuration. */
  config(prefix: string, changes?: Partial<S3Config>): S3Config;
  /**
   * Called before each request is answered; what it throws or waits for is what the client sees. A text that it gives is the
   * answer's XML.
   */
  before: (request: { method: string; path: string; querystring: string }) => unknown;
  /** `METHOD /path` of every request so far. */
  readonly requests: string[];
  /** The keys below a prefix, ascending. */
  keys(prefix: string): Promise<string[]>;
  /** Makes an object older. */
  age(key: string, milliseconds: number): Promise<void>;
  /** Goes down: connections are refused. */
  stop(): Promise<void>;
  /** Comes back at the same address, with what it had. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startS3(): Promise<TestS3> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pictograph-s3-'));
  const requests: string[] = [];
  let port = 0;
  let server: S3rver | undefined;

  const start = async () => {
    const created = new S3rver({
      address: '127.0.0.1',
      port,
      silent: true,
      directory,
      configureBuckets: [{ name: BUCKET }],
    });
    // Told to be silent, it complains that nobody listens.
    created.logger.silent = true;
    created.middleware.unshift(async (context, next) => {
      requests.push(`${context.method} ${context.path}`);
      // It leaves away the slash that the client signs behind a bucket's name. Signatures of objects are checked.
      if (/^\/[^/]+\/$/.test(context.path)) {
        context.app = Object.create(created, { allowMismatchedSignatures: { value: true } }) as object;
      }
      const answer = await s3.before(context);
      if (typeof answer !== 'string') await next();
      else Object.assign(context, { status: 200, type: 'application/xml', body: answer });
    });
    ({ port } = await created.run());
    server = created;
  };
  const stop = async () => {
    const stopping = server;
    server = undefined;
    const closed = stopping?.close();
    stopping?.httpServer.closeAllConnections();
    await closed;
  };

  const s3: TestS3 = {
    get endpoint() {
      return `http://127.0.0.1:${port}`;
    },
    variables: (prefix) => ({
      STORAGE_URL: `s3://${BUCKET}/${prefix}`,
      S3_ENDPOINT: s3.endpoint,
      S3_ACCESS_KEY_ID: KEY,
      S3_SECRET_ACCESS_KEY: KEY,
    }),
    config: (prefix, changes = {}) => ({
      kind: 's3',
      bucket: BUCKET,
      prefix: `${prefix}/`,
      endpoint: s3.endpoint,
      region: 'us-east-1',
      pathStyle: true,
      credentials: { accessKeyId: KEY, secretAccessKey: KEY },
      timeoutMs: 20_000,
      ...changes,
    }),
    before: () => undefined,
    requests,
    async keys(prefix) {
      const files = await objectFiles(path.join(directory, BUCKET, prefix));
      return files
        .map((file) => path.relative(path.join(directory, BUCKET), file).replace(/\._S3rver_object$/, ''))
        .sort();
    },
    async age(key, milliseconds) {
      const time = new Date(Date.now() - milliseconds);
      await utimes(path.join(directory, BUCKET, `${key}._S3rver_object`), time, time);
    },
    start,
    stop,
    async close() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  await start();
  return s3;
}

async function objectFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('._S3rver_object'))
    .map((entry) => path.join(entry.parentPath, entry.name));
}
