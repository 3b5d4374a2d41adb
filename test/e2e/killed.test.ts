import { createHash } from 'node:crypto';
import { once, EventEmitter } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, onTestFailed, vi } from 'vitest';
import { createTestDatabase, databaseKind, type TestDatabase } from '../support/database.js';
import { postGraphql, request, uploadGraphql, type HttpAnswer } from '../support/graphql-client.js';
import { makePicture } from '../support/pictures.js';
import { endPrograms, runProgram, startProgram } from '../support/program.js';
import { seededRandom } from '../support/vectors.js';

const IMAGES = 500;
const KILLS = 20;
/** Added by one request of the bulk import. */
const BULK = 10;
const UPLOADERS = 3;
/** A tenth is not sent again when the connection breaks: whoever sent it has gone home. */
const isGivenUp = (index: number) => index % 10 === 3;
/** A start takes about a second; some are killed before it is over. */
const START_MS = 1_500;
/** After an answer, so that not every kill follows one at once. */
const AFTER_ANSWER_MS = 200;

const LISTENING = /Pictograph serves (http:\/\/127\.0\.0\.1:\d+)\/graphql/;
/** How long a condition is waited for: it never decides whether a test passes on a slow machine. */
const PATIENCE = { timeout: 300_000, interval: 50 };
const ADD = `mutation ($images: [AddImageInput!]!) { addImages(input: { images: $images }) {
  results { __typename ... on ImageAccepted { image { sha256 } } ... on ImageDuplicate { image { sha256 } } } } }`;
const PAGE = `query ($after: String) { images(first: 100, after: $after) {
  nodes { sha256 status failure { code message } } pageInfo { hasNextPage endCursor } } }`;

interface Row {
  readonly sha256: string;
  readonly status: string;
  readonly failure: unknown;
}

let database: TestDatabase;
let variables: Record<string, string>;

beforeEach(async () => {
  database = await createTestDatabase();
  variables = { ...database.variables, PORT: '0', CLIP_MODEL: 'pictogram-clip', CLIP_VISION_WORKERS: '1' };
});
afterEach(async () => {
  await endPrograms();
  await database.drop();
});

it('loses and doubles nothing when the server is killed at 20 random moments of an ingest of 500 images', async () => {
  const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
  onTestFailed(() => {
    console.error(`The kills were at the moments of KILL_SEED=${seed}`);
  });
  const random = seededRandom(seed);
  const server = createServerAddress();
  const acknowledged = new Set<string>();
  const clients = startClients(server, acknowledged);

  for (let kill = 0; kill < KILLS; kill++) {
    const program = startProgram(['serve'], variables);
    if (random() < 0.2) await delay(random() * START_MS);
    else {
      const [, url = ''] = await program.waitFor(LISTENING);
      server.serves(url);
      // So that the uploads last until the last kill.
      const share = (IMAGES - acknowledged.size) / (KILLS - kill + 1);
      const enough = acknowledged.size + 2 * random() * share;
      const isEnough = vi.waitFor(() => {
        expect(acknowledged.size).toBeGreaterThanOrEqual(enough);
      }, PATIENCE);
      await Promise.race([isEnough, clients]);
      await delay(random() * AFTER_ANSWER_MS);
    }
    server.isGone();
    program.child.kill('SIGKILL');
    expect(await program.ended, program.stderr()).toBe('SIGKILL');
  }
  if (databaseKind === 'server') await letHeartbeatsGrowOld();

  const last = startProgram(['serve'], variables);
  const [, url = ''] = await last.waitFor(LISTENING);
  server.serves(url);
  await clients;
  await vi.waitFor(async () => {
    const { stats } = await request<{ stats: { pendingCount: number } }>(url, '{ stats { pendingCount } }');
    expect(stats.pendingCount).toBe(0);
  }, PATIENCE);

  const rows = await allRows(url);
  expect(rows.filter(({ status }) => status !== 'READY')).toEqual([]);
  const stored = new Set(rows.map(({ sha256 }) => sha256));
  expect(stored.size).toBe(rows.length);
  expect([...acknowledged].filter((sha256) => !stored.has(sha256))).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(IMAGES - IMAGES / 10);
  last.child.kill('SIGTERM');
  expect(await last.ended, last.stderr()).toBe(0);

  // What was being stored when its sender gave up may have its file and no row: nothing else may be wrong.
  const doctor = await runProgram(['doctor', '--mend', '--grace', '0', '--json'], variables);
  expect(doctor.code, doctor.stderr).toBe(0);
  const told = doctor.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { problem?: string });
  const problems = new Set(told.flatMap(({ problem }) => problem ?? []));
  problems.delete('ORIGINAL_WITHOUT_IMAGE');
  problems.delete('LEFTOVER_FILE');
  expect([...problems]).toEqual([]);
  const files = await originals();
  expect([...files].filter(([name, content]) => name !== content)).toEqual([]);
  expect([...files.keys()].sort()).toEqual([...stored].sort());
}, 1_200_000);

/** Where the server is that runs now; whoever asks while there is none waits for the next one. */
function createServerAddress() {
  const starts = new EventEmitter();
  let current: string | undefined;
  return {
    async url(): Promise<string> {
      if (current === undefined) await once(starts, 'serves');
      return current ?? this.url();
    },
    serves(url: string) {
      current = url;
      starts.emit('serves');
    },
    isGone() {
      current = undefined;
    },
  };
}

/** One client imports in bulk, others upload file by file. Each sends again what was not answered. */
async function startClients(
  server: ReturnType<typeof createServerAddress>,
  acknowledged: Set<string>,
): Promise<void> {
  let next = 0;
  const take = (count: number) => {
    const indices = Array.from({ length: Math.min(count, IMAGES - next) }, (_, index) => next + index);
    next += indices.length;
    return Promise.all(indices.map(async (index) => ({ index, bytes: await makePicture(index) })));
  };
  const client = async (count: number, send: (url: string, pictures: Picture[]) => Promise<HttpAnswer>) => {
    for (let wanted = await take(count); wanted.length > 0;) {
      const answer = await send(await server.url(), wanted).catch(() => undefined);
      if (answer === undefined) {
        wanted = wanted.filter(({ index }) => !isGivenUp(index));
      } else {
        for (const sha256 of acceptedIn(answer, wanted)) acknowledged.add(sha256);
        wanted = [];
      }
      if (wanted.length === 0) wanted = await take(count);
    }
  };
  await Promise.all([
    client(BULK, (url, pictures) =>
      postGraphql(url, ADD, {
        images: pictures.map(({ bytes }) => ({ source: { base64: bytes.toString('base64') } })),
      }),
    ),
    ...Array.from({ length: UPLOADERS }, () =>
      client(1, (url, pictures) =>
        uploadGraphql(
          url,
          ADD,
          { images: pictures.map(() => ({ source: { upload: null } })) },
          pictures.map(({ index, bytes }, at) => ({
            path: `variables.images.${at}.source.upload`,
            name: `${index}.jpg`,
            bytes,
          })),
        ),
      ),
    ),
  ]);
}

interface Picture {
  readonly index: number;
  readonly bytes: Buffer;
}

/** Whatever the server answers, it answers with all of them: only a kill keeps a picture out. */
function acceptedIn({ body }: HttpAnswer, sent: readonly Picture[]): string[] {
  expect(body.errors).toBeUndefined();
  const { addImages } = body.data as { addImages: { results: { image?: { sha256: string } }[] } };
  const accepted = addImages.results.map(({ image }) => image?.sha256);
  expect(accepted).toEqual(sent.map(({ bytes }) => sha256Of(bytes)));
  return accepted.filter((sha256) => sha256 !== undefined);
}

async function allRows(url: string): Promise<Row[]> {
  const rows: Row[] = [];
  let after: string | null = null;
  do {
    const { images }: { images: { nodes: Row[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } =
      await request(url, PAGE, { after });
    rows.push(...images.nodes);
    after = images.pageInfo.hasNextPage ? images.pageInfo.endCursor : null;
  } while (after !== null);
  return rows;
}

/** A minute goes by, for those who measure whether a process is alive: the jobs of dead ones are free then. */
async function letHeartbeatsGrowOld(): Promise<void> {
  const opened = await database.open();
  await opened.pool.query("UPDATE worker_processes SET seen_at = seen_at - interval '1 minute'");
  await opened.pool.query(
    "UPDATE graphile_worker._private_jobs SET locked_at = locked_at - interval '1 minute'",
  );
  await opened.close();
}

/** What the files of the originals hold, by name. */
async function originals(): Promise<Map<string, string>> {
  const folder = path.join(variables['PICTOGRAPH_DATA'] ?? '', 'originals');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async ({ name, parentPath }): Promise<[string, string]> => [
        name,
        sha256Of(await readFile(path.join(parentPath, name))),
      ]),
    ),
  );
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
