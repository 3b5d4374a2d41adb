import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, databaseKind, type TestDatabase } from '../support/database.js';
import { postGraphql, request, uploadGraphql, type GraphqlAnswer } from '../support/graphql-client.js';
import { makePicture } from '../support/pictures.js';
import { endPrograms, runProgram, startProgram } from '../support/program.js';
import { makeSmallDisk, noSmallDisk, type SmallDisk } from '../support/small-disk.js';

if (noSmallDisk !== undefined) console.log(`Skipped, what happens on a full disk: ${noSmallDisk}.`);

const LISTENING = /Pictograph serves (http:\/\/127\.0\.0\.1:\d+)\/graphql/;
const PATIENCE = { timeout: 120_000, interval: 50 };
const ADD = `mutation ($file: Upload!) { addImages(input: { images: [{ source: { upload: $file } }] }) {
  results { __typename ... on ImageAccepted { image { sha256 url } } ... on ImageDuplicate { image { sha256 url } } } } }`;
const ADD_MANY = `mutation ($images: [AddImageInput!]!) { addImages(input: { images: $images }) {
  results { __typename ... on ImageAccepted { image { sha256 url } } ... on ImageRejected { message } } } }`;

interface Stored {
  readonly sha256: string;
  readonly url: string;
}

let database: TestDatabase;
let dataFolder: string;
let variables: Record<string, string>;
let disk: SmallDisk | undefined;

beforeEach(async () => {
  database = await createTestDatabase();
  dataFolder = database.variables['PICTOGRAPH_DATA'] ?? '';
  variables = { ...database.variables, PORT: '0', CLIP_MODEL: 'pictogram-clip', CLIP_VISION_WORKERS: '1' };
});
afterEach(async () => {
  await endPrograms();
  await disk?.remove();
  disk = undefined;
  await database.drop();
});

/** A disk of so many bytes at a folder of the data folder. */
async function smallDiskAt(name: string, size: string): Promise<SmallDisk> {
  const folder = path.join(dataFolder, name);
  await mkdir(folder, { recursive: true });
  disk = await makeSmallDisk(folder, size);
  return disk;
}

/** Noise of 120 kilobytes. */
const picture = (seed: number) => makePicture(seed, { width: 200, height: 200, format: 'png' });
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The contents of all files of a folder, by name; half-written ones have names that no content has. */
async function contentsOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async ({ name, parentPath }): Promise<[string, string]> => [
        name,
        sha256(await readFile(path.join(parentPath, name))),
      ]),
    ),
  );
}

async function storedRows(): Promise<{ sha256: string; status: string }[]> {
  const opened = await database.open();
  try {
    const { rows } = await opened.pool.query<{ sha256: string; status: string }>(
      `SELECT encode(sha256, 'hex') AS sha256, status FROM images ORDER BY id`,
    );
    return rows;
  } finally {
    await opened.close();
  }
}

const summaryOf = (stdout: string) =>
  (JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { summary: Record<string, unknown> }).summary;

describe.skipIf(noSmallDisk !== undefined)('a full disk', () => {
  it('stops ingest, which says so, keeps what is whole, and goes on once there is room', async () => {
    const small = await smallDiskAt('originals', '2m');
    const pictures = path.join(dataFolder, 'pictures');
    await mkdir(pictures);
    for (let seed = 0; seed < 45; seed++)
      await writeFile(path.join(pictures, `${seed}.png`), await picture(seed));

    const ingest = () => runProgram(['ingest', '--json', pictures], variables, small.through);
    const { code, stdout, stderr } = await ingest();
    expect(code, stderr).toBe(1);
    const { added, failed } = summaryOf(stdout);
    expect(summaryOf(stdout)).toMatchObject({ complete: false, rejected: 0 });
    expect(added).toBeGreaterThan(5);
    expect(failed).toBeGreaterThanOrEqual(20);
    expect(stdout).toMatch(/"outcome":"failed","code":"UNAVAILABLE","message":"[^"]*disk for images is full/);
    expect(stderr).toMatch(/20 files in a row could not be stored.*disk.*run the same command again/s);
    expect(stderr).not.toMatch(/\n\s+at /);

    const files = await contentsOf(small.seen(path.join(dataFolder, 'originals')));
    expect([...files].filter(([name, content]) => name !== content)).toEqual([]);
    const rows = await storedRows();
    // It stops at once, also while a picture is being embedded.
    expect(new Set(rows.map((row) => row.status))).toContain('READY');
    expect(rows.map((row) => row.sha256).sort()).toEqual([...files.keys()].sort());
    expect(rows).toHaveLength(Number(added));

    small.resize('64m');
    const again = await ingest();
    expect(again.code, again.stderr).toBe(0);
    expect(summaryOf(again.stdout)).toMatchObject({ complete: true, failed: 0, duplicate: added });
    expect(await contentsOf(small.seen(path.join(dataFolder, 'originals')))).toHaveLength(45);
    expect(await storedRows()).toEqual(
      Array.from({ length: 45 }, () => expect.objectContaining({ status: 'READY' }) as object),
    );
  });

  it('is told to who uploads, while the server goes on and everything that was accepted is there', async () => {
    const small = await smallDiskAt('originals', '2m');
    const program = startProgram(['serve'], variables, small.through);
    const [, url = ''] = await program.waitFor(LISTENING);
    const files = await Promise.all(Array.from({ length: 30 }, (_, seed) => picture(seed)));

    const answers = await uploadAll(url, files);
    const accepted = answers.flatMap(storedIn);
    const refused = answers.filter((answer) => answer.errors !== undefined);
    expect(accepted.length).toBeGreaterThan(5);
    expect(refused.length).toBeGreaterThan(5);
    for (const { errors = [] } of refused) {
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatchObject({
        message: expect.stringMatching(/disk for images is full.*nothing was stored.*made room/) as string,
        extensions: { code: 'UNAVAILABLE' },
      });
      expect(JSON.stringify(errors)).not.toMatch(/ENOSPC|originals|\.ts|\.js/);
    }
    await expectWhole(url, accepted);

    small.resize('64m');
    const all = (await uploadAll(url, files)).flatMap(storedIn);
    expect(new Set(all.map((each) => each.sha256))).toEqual(new Set(files.map(sha256)));
    await expectWhole(url, all);
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(0);
  });

  it('of uploads on their way is told at once, and smaller ones still pass', async () => {
    const small = await smallDiskAt('uploads', '64k');
    const started = { ...variables, TMPDIR: path.join(dataFolder, 'uploads') };
    const program = startProgram(['serve'], started, small.through);
    const [, url = ''] = await program.waitFor(LISTENING);
    const [answer] = await uploadAll(url, [await picture(1)]);
    expect(answer?.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/disk for uploads is full/) as string,
      extensions: { code: 'UNAVAILABLE' },
    });
    const stored = (await uploadAll(url, [await makePicture(2)])).flatMap(storedIn);
    expect(stored).toHaveLength(1);
    await expectWhole(url, stored);
  });
});

describe.skipIf(noSmallDisk !== undefined || databaseKind === 'server')(
  'a full disk under the embedded database',
  () => {
    // With the second there is room for tables but none for another segment of the log (16 MB), and PostgreSQL stops.
    it.each(['44m', '50m'])(
      'of %s is told to who adds images, loses nothing that was accepted, and is over as soon as there is room',
      async (size) => {
        const folder = path.join(dataFolder, 'postgres');
        await rename(folder, `${folder}.copied`);
        const small = await smallDiskAt('postgres', size);
        const [command = '', ...within] = small.through;
        await promisify(execFile)(command, [...within, 'cp', '-a', `${folder}.copied/.`, folder]);
        const program = startProgram(['serve'], variables, small.through);
        const [, url = ''] = await program.waitFor(LISTENING);
        const accepted: string[] = [];
        const add = async (): Promise<GraphqlAnswer> => {
          const bytes = await makePicture(accepted.length);
          // Fifty kilobytes that do not compress, for the log and for the table.
          const metadata = { noise: randomBytes(25_000).toString('hex') };
          const images = [{ source: { base64: bytes.toString('base64') }, metadata }];
          const { body } = await postGraphql(url, ADD_MANY, { images });
          if (body.errors === undefined) {
            expect(body.data).toMatchObject({ addImages: { results: [{ __typename: 'ImageAccepted' }] } });
            accepted.push(...storedIn(body).map((each) => each.sha256));
          }
          return body;
        };

        let answer = await add();
        while (answer.errors === undefined && accepted.length < 500) answer = await add();
        expect(accepted.length).toBeGreaterThan(5);
        await vi.waitFor(async () => {
          expect((await add()).errors).toMatchObject([
            {
              message: expect.stringMatching(
                /database's disk is full.*made room.*acknowledged before is safe/,
              ) as string,
              extensions: { code: 'UNAVAILABLE' },
            },
          ]);
        }, PATIENCE);

        small.resize('128m');
        await vi.waitFor(async () => {
          expect((await add()).errors).toBeUndefined();
        }, PATIENCE);
        await vi.waitFor(async () => {
          const { stats } = await request<{ stats: { readyCount: number; pendingCount: number } }>(
            url,
            '{ stats { readyCount pendingCount } }',
          );
          expect(stats).toEqual({ readyCount: new Set(accepted).size, pendingCount: 0 });
        }, PATIENCE);
        program.child.kill('SIGTERM');
        expect(await program.ended, program.stderr()).toBe(0);
      },
    );
  },
);

/** Uploads one file a request, four requests at once. */
async function uploadAll(url: string, files: readonly Buffer[]): Promise<GraphqlAnswer[]> {
  const answers: GraphqlAnswer[] = [];
  const waiting = [...files.entries()];
  const upload = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, bytes] = next;
      const file = { path: 'variables.file', name: `${index}.png`, bytes };
      answers[index] = (await uploadGraphql(url, ADD, { file: null }, [file])).body;
    }
  };
  await Promise.all([upload(), upload(), upload(), upload()]);
  return answers;
}

function storedIn({ data }: GraphqlAnswer): Stored[] {
  const parsed = data as { addImages: { results: { image?: Stored }[] } } | null | undefined;
  return (parsed?.addImages.results ?? []).flatMap(({ image }) => image ?? []);
}

/** All are READY, nothing else is there, and each original is what was sent. */
async function expectWhole(url: string, images: readonly Stored[]): Promise<void> {
  await vi.waitFor(async () => {
    const counts = await request(url, '{ stats { imageCount readyCount } }');
    expect(counts).toEqual({ stats: { imageCount: images.length, readyCount: images.length } });
  }, PATIENCE);
  for (const image of images) {
    const response = await fetch(image.url);
    expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(image.sha256);
  }
}
