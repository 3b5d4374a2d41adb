import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundledModelFolder } from '../../src/clip/bundled-model.js';
import {
  HubUnreachableError,
  IncompleteDownloadError,
  ModelNotFoundError,
} from '../../src/clip/hub-errors.js';
import { fetchModel, type DownloadProgress } from '../../src/clip/hub-model.js';
import { OperatorError } from '../../src/errors.js';
import { startTestHub, type TestHub, type TestHubOptions } from '../support/hub.js';

const MODEL = 'somebody/tiny-clip';
const TEXT = 'onnx/text_model.onnx';
const VISION = 'onnx/vision_model.onnx';
const ALL = [
  'config.json',
  TEXT,
  VISION,
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
];
const NO_CONFIG = ALL.filter((file) => file !== 'config.json');

let cacheFolder: string;
let hub: TestHub | undefined;

beforeEach(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'pictograph-hub-'));
});
afterEach(async () => {
  await hub?.close();
  hub = undefined;
  await rm(cacheFolder, { recursive: true });
});

async function startHub(options: Partial<TestHubOptions> = {}): Promise<TestHub> {
  hub = await startTestHub({ folder: bundledModelFolder(), model: MODEL, ...options });
  return hub;
}

interface Fetching {
  readonly endpoint?: string;
  readonly timeoutMs?: number;
  readonly cache?: string;
  readonly model?: string;
  readonly revision?: string;
  readonly dtype?: 'fp32' | 'q4';
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** Fetches the model from the test's hub. */
function load(fetching: Fetching = {}): Promise<string> {
  const { endpoint = hub?.url ?? 'http://127.0.0.1:1', timeoutMs = 10_000, onProgress } = fetching;
  const { cache = cacheFolder, model = MODEL, revision = 'main', dtype = 'fp32' } = fetching;
  return fetchModel({ endpoint, timeoutMs, retryDelayMs: 1 }, cache, model, revision, dtype, onProgress);
}

/** The error with which that fails. */
async function failure(fetching: Fetching = {}): Promise<Error> {
  const error: unknown = await load(fetching).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('It was fetched.');
  return error;
}

/** Files in the cache, paths from the model's folder. */
async function cached(revision = 'main'): Promise<string[]> {
  const folder = path.join(cacheFolder, MODEL, revision);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

const sizeOf = async (file: string) => (await readFile(path.join(bundledModelFolder(), file))).length;
const VISION_BYTES = await sizeOf(VISION);

describe('a model of the hub', () => {
  it('is downloaded whole, with progress, and not asked for again', async () => {
    const { requests } = await startHub();
    const progress: DownloadProgress[] = [];

    const folder = await load({ onProgress: (step) => progress.push(step) });

    expect(folder).toBe(path.join(cacheFolder, 'somebody', 'tiny-clip', 'main'));
    expect(await cached()).toEqual(ALL);
    for (const file of ALL) {
      const [copy, original] = await Promise.all(
        [folder, bundledModelFolder()].map((each) => readFile(path.join(each, file))),
      );
      expect(copy?.equals(original ?? Buffer.of())).toBe(true);
    }
    const total = (await Promise.all(NO_CONFIG.map(sizeOf))).reduce((sum, size) => sum + size, 0);
    expect(new Set(progress.map(({ totalBytes }) => totalBytes))).toEqual(new Set([total]));
    expect(progress.at(-1)?.loadedBytes).toBe(total);
    const loaded = progress.map(({ loadedBytes }) => loadedBytes);
    expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
    expect(new Set(progress.map(({ file }) => file))).toEqual(new Set(NO_CONFIG));

    const asked = requests.length;
    expect(await load({ onProgress: () => expect.unreachable('nothing is downloaded') })).toBe(folder);
    expect(requests.length).toBe(asked);
    await hub?.close();
    expect(await load()).toBe(folder);
  });

  it('comes from a mirror with a path, in the revision that was asked for', async () => {
    const { requests } = await startHub({ prefix: '/mirrors/hf', revision: 'refs/pr/7' });

    await load({ revision: 'refs/pr/7' });

    expect(requests[0]).toBe('GET /mirrors/hf/somebody/tiny-clip/resolve/refs%2Fpr%2F7/config.json');
    expect(await cached('refs%2Fpr%2F7')).toEqual(ALL);
    expect(await cached('main')).toEqual([]);
    expect(await failure({ revision: 'main' })).toBeInstanceOf(ModelNotFoundError);
  });

  it.each([{ withoutHead: true }, { withoutStorage: true }])(
    'comes from a simple mirror: %o',
    async (options) => {
      await startHub(options);
      await load();
      expect(await cached()).toEqual(ALL);
    },
  );

  it('comes from a mirror with a password, which the storage never sees', async () => {
    const { url, requests, logins } = await startHub();
    await load({ endpoint: url.replace('//', '//user:p%40ss@') });
    const expected = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(logins).toEqual(requests.map((request) => (request.includes('/signed/') ? undefined : expected)));
    expect(logins).toContain(undefined);
  });
});

describe('a download that breaks', () => {
  it('is taken up where it broke', async () => {
    const { requests, fail } = await startHub();
    fail(VISION, { cutAfter: 1_000_000 }, 2);
    let loaded = 0;

    await load({ onProgress: ({ loadedBytes }) => (loaded = loadedBytes) });

    // How much of what was sent arrives before the connection breaks is the network's business; where the next attempt
    // begins is ours: nothing is asked for twice, and nothing is left out (the SHA-256 is checked).
    const [first, second = 0, third = 0, ...more] = requests
      .filter((each) => each.includes('/signed/onnx/vision'))
      .map((each) => Number(/bytes=(\d+)-$/.exec(each)?.[1] ?? 0));
    expect(first).toBe(0);
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThanOrEqual(1_000_000);
    expect(third).toBeGreaterThan(second);
    expect(third).toBeLessThanOrEqual(second + 1_000_000);
    expect(more).toEqual([]);
    expect(loaded).toBe((await Promise.all(NO_CONFIG.map(sizeOf))).reduce((sum, size) => sum + size, 0));
  });

  it.each([
    { fault: { cutAfter: 1000 }, says: 'broke off' },
    { fault: { shortened: 1000 }, says: 'broke off' },
    { fault: { stallAfter: 1000 }, says: 'broke off' },
    { fault: { body: 'x'.repeat(VISION_BYTES) }, says: 'SHA-256' },
  ])(
    'for good ($fault) is told, leaves nothing behind, and the next start succeeds',
    async ({ fault, says }) => {
      const { fail } = await startHub();
      fail(VISION, fault);

      const error = await failure({ timeoutMs: 'stallAfter' in fault ? 300 : 10_000 });

      expect(error).toBeInstanceOf(IncompleteDownloadError);
      expect(error).toBeInstanceOf(OperatorError);
      expect(error.message).toContain(VISION);
      expect(error.message).toContain(says);
      expect(await cached()).toEqual(
        ALL.filter((file) => file !== VISION && !file.startsWith('p') && !file.startsWith('t')),
      );

      fail(VISION, fault, 0);
      await load();
      expect(await cached()).toEqual(ALL);
    },
  );

  it('is noticed by its size where the hub tells no SHA-256', async () => {
    const { fail } = await startHub({ withoutStorage: true });
    fail(VISION, { shortened: 1000 });
    expect((await failure()).message).toContain(`${VISION_BYTES} bytes were announced`);
  });

  it('with a page of a captive portal instead of a file is refused', async () => {
    const { fail } = await startHub();
    fail('config.json', { body: '<html>Please log in</html>' });
    const error = await failure();
    expect(error).toBeInstanceOf(IncompleteDownloadError);
    expect(error.message).toContain('no JSON');
    expect(await cached()).toEqual([]);
  });

  it('because its process was killed leaves a file that the next start removes', async () => {
    await startHub();
    await load();
    const folder = path.join(cacheFolder, MODEL, 'main', 'onnx');
    await writeFile(path.join(folder, 'abandoned.onnx.1.partial'), 'x');
    await writeFile(path.join(folder, 'running.onnx.2.partial'), 'x');
    await utimes(path.join(folder, 'abandoned.onnx.1.partial'), new Date(0), new Date(0));

    await load();

    expect(await readdir(folder)).not.toContain('abandoned.onnx.1.partial');
    expect(await readdir(folder)).toContain('running.onnx.2.partial');
  });

  it('because the cache cannot be written is told with the folder', async () => {
    await startHub();
    const file = path.join(cacheFolder, 'a-file');
    await writeFile(file, '');
    const error = await failure({ cache: file });
    expect(error).toBeInstanceOf(OperatorError);
    expect(error.message).toContain(file);
    expect(error.message).toContain('PICTOGRAPH_DATA');
  });
});

describe('what the hub refuses', () => {
  it('a model that it does not have', async () => {
    await startHub();
    const error = await failure({ model: 'somebody/else' });
    expect(error).toBeInstanceOf(ModelNotFoundError);
    expect(error.message).toMatch(/config\.json of somebody\/else .*404.*CLIP_MODEL/);
  });

  it('weights of a dtype that it does not have, before anything large is downloaded', async () => {
    const { requests } = await startHub();
    const error = await failure({ dtype: 'q4' });
    expect(error).toBeInstanceOf(ModelNotFoundError);
    expect(error.message).toMatch(/onnx\/(text|vision)_model_q4\.onnx.*CLIP_DTYPE/);
    expect(requests.filter((request) => request.startsWith('GET')).length).toBe(1);
  });

  it.each([401, 403])('access (HTTP %i)', async (status) => {
    const { fail } = await startHub();
    fail('config.json', { status });
    const error = await failure();
    expect(error).toBeInstanceOf(ModelNotFoundError);
    expect(error.message).toMatch(/private or gated/);
  });

  it.each([429, 500, 503])('any answer (HTTP %i)', async (status) => {
    const { fail } = await startHub();
    fail(TEXT, { status });
    const error = await failure();
    expect(error).toBeInstanceOf(HubUnreachableError);
    expect(error.message).toContain(String(status));
    expect(error.message).toContain('127.0.0.1');
  });
});

describe('a hub that cannot be reached', () => {
  it('because nothing listens there', async () => {
    const error = await failure({ endpoint: await unusedAddress() });
    expect(error).toBeInstanceOf(HubUnreachableError);
    expect(error).toBeInstanceOf(OperatorError);
    expect(error.message).toMatch(
      /127\.0\.0\.1:\d+ cannot be reached \(.*ECONNREFUSED.*HF_ENDPOINT.*CLIP_MODEL/,
    );
  });

  it('because it never answers', async () => {
    const { fail } = await startHub();
    fail('config.json', { silent: true });
    const error = await failure({ timeoutMs: 200 });
    expect(error).toBeInstanceOf(HubUnreachableError);
    expect(error.message).toContain('nothing came for 0.2 seconds');
  });

  it('does not show a password in its address', async () => {
    const error = await failure({ endpoint: 'http://user:secret@127.0.0.1:1/hub' });
    expect(error).toBeInstanceOf(HubUnreachableError);
    expect(error.message).not.toContain('secret');
  });
});

it('refuses a revision that is none', async () => {
  const error = await failure({ revision: '../../etc' });
  expect(error.message).toContain('CLIP_REVISION');
  expect(await readdir(cacheFolder)).toEqual([]);
});

async function unusedAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}
