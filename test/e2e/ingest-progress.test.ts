import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, databaseKind, type TestDatabase } from '../support/database.js';
import { request, webSocketClient } from '../support/graphql-client.js';
import { makePicture } from '../support/pictures.js';
import { endPrograms, runProgram, startProgram } from '../support/program.js';

const FIELDS = 'ingestProgress { pending ready failed running imagesPerSecond secondsLeft updatedAt }';
const COUNT = 6;

interface Progress {
  readonly pending: number;
  readonly ready: number;
  readonly failed: number;
  readonly running: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number | null;
  readonly updatedAt: string;
}

let database: TestDatabase;
let variables: Record<string, string>;
let url: string;
const pictures = (from: number) =>
  Promise.all(Array.from({ length: COUNT }, (_, i) => makePicture(from + i, { format: 'png' })));

beforeAll(async () => {
  database = await createTestDatabase();
  variables = { ...database.variables, CLIP_MODEL: 'pictogram-clip', CLIP_VISION_WORKERS: '1' };
  const server = startProgram(['serve'], { ...variables, PORT: '0' });
  [, url = ''] = await server.waitFor(/Pictograph serves (http:\/\/127\.0\.0\.1:\d+)\/graphql/);
});
afterAll(async () => {
  await endPrograms();
  await database.drop();
});

/** What a subscription is told, from its start until so many images are READY and none waits. */
async function followed(ready: number, work: () => Promise<unknown>): Promise<readonly Progress[]> {
  const client = webSocketClient(url);
  const events: Progress[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      client.subscribe<{ ingestProgress: Progress }>(
        { query: `subscription { ${FIELDS} }` },
        {
          next({ data, errors }) {
            if (!data) {
              reject(new Error(JSON.stringify(errors)));
              return;
            }
            events.push(data.ingestProgress);
            // What there was is told first: only then the work begins, so that none of it is missed.
            if (events.length === 1) work().catch(reject);
            if (data.ingestProgress.ready === ready && data.ingestProgress.pending === 0) resolve();
          },
          error: reject,
          complete: () => undefined,
        },
      );
    });
  } finally {
    await client.dispose();
  }
  return events;
}

function expectRise(events: readonly Progress[], from: number, to: number): void {
  expect(events[0]).toMatchObject({ pending: 0, ready: from, failed: 0, running: 0, secondsLeft: 0 });
  expect(events.at(-1)).toMatchObject({ pending: 0, ready: to, failed: 0, secondsLeft: 0 });
  expect(events.at(-1)?.imagesPerSecond).toBeGreaterThan(0);
  const ready = events.map((event) => event.ready);
  expect(ready).toEqual([...ready].sort((a, b) => a - b));
}

describe('ingestProgress', () => {
  it('tells at once how things stand, and then how images become READY', async () => {
    const images = (await pictures(0)).map((bytes) => ({ source: { base64: bytes.toString('base64') } }));
    const add = () =>
      request(
        url,
        'mutation ($images: [AddImageInput!]!) { addImages(input: { images: $images }) { results { __typename } } }',
        { images },
      );
    expectRise(await followed(COUNT, add), 0, COUNT);
    const { ingestProgress } = await request<{ ingestProgress: Progress }>(url, `{ ${FIELDS} }`);
    expect(ingestProgress).toMatchObject({ pending: 0, ready: COUNT, failed: 0 });
  });

  it.runIf(databaseKind === 'server')('tells of what other processes add and embed', async () => {
    const folder = path.join(database.variables['PICTOGRAPH_DATA'] ?? '', 'pictures');
    await mkdir(folder);
    for (const [index, bytes] of (await pictures(100)).entries())
      await writeFile(path.join(folder, `${index}.png`), bytes);
    const ingest = async () => {
      const { code, stderr } = await runProgram(['ingest', folder], variables);
      expect(code, stderr).toBe(0);
    };
    expectRise(await followed(2 * COUNT, ingest), COUNT, 2 * COUNT);
  });
});
