import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, databaseKind, type TestDatabase } from '../support/database.js';
import { request } from '../support/graphql-client.js';
import { startTestHub } from '../support/hub.js';
import { endPrograms, PROJECT_ROOT, runProgram, startProgram } from '../support/program.js';

const LISTENING = /Pictograph serves (http:\/\/127\.0\.0\.1:\d+)\/graphql/;
/** How long a condition is waited for: it never decides whether a test passes on a slow machine. */
const PATIENCE = { timeout: 120_000, interval: 50 };
const ADD = `mutation ($images: [AddImageInput!]!) { addImages(input: { images: $images }) {
  results { __typename ... on ImageAccepted { image { id } } ... on ImageRejected { message } } } }`;

interface Added {
  addImages: { results: { __typename: string; image?: { id: string } }[] };
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

async function start(more: Record<string, string> = {}) {
  const program = startProgram(['serve'], { ...variables, ...more });
  const [, url = ''] = await program.waitFor(LISTENING);
  return { program, url };
}

const picture = async (i: number) => {
  const bytes = await sharp({
    create: { width: 90, height: 60, channels: 3, background: { r: i, g: 200 - i, b: 90 } },
  })
    .png()
    .toBuffer();
  return { source: { base64: bytes.toString('base64') }, filename: `${i}.png` };
};
const pictures = (from: number, to: number) =>
  Promise.all(Array.from({ length: to - from }, (_, i) => picture(from + i)));

describe('pictograph serve', () => {
  it('finishes the request that is running when it is told to stop, and ends with 0', async () => {
    const { program, url } = await start();
    const images = await pictures(0, 40);
    const answer = request<Added>(url, ADD, { images });
    await vi.waitFor(async () => {
      const { stats } = await request<{ stats: { imageCount: number } }>(url, '{ stats { imageCount } }');
      expect(stats.imageCount).toBeGreaterThan(0);
    }, PATIENCE);
    program.child.kill('SIGTERM');
    const { addImages } = await answer;
    expect(addImages.results.map((result) => result.__typename)).toEqual(images.map(() => 'ImageAccepted'));
    expect(await program.ended).toBe(0);
  });

  it.runIf(databaseKind === 'embedded')('refuses a data folder that another process works on', async () => {
    const { program } = await start();
    const second = await runProgram(['serve'], variables);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(String(program.child.pid));
    expect(second.stderr).toMatch(/DATABASE_URL/);
  });

  it('refuses a model that is not the one of the stored embeddings, and leaves them', async () => {
    const first = await start();
    await request<Added>(first.url, ADD, { images: await pictures(0, 1) });
    await vi.waitFor(async () => {
      const { stats } = await request<{ stats: { readyCount: number } }>(
        first.url,
        '{ stats { readyCount } }',
      );
      expect(stats.readyCount).toBe(1);
    }, PATIENCE);
    first.program.child.kill('SIGTERM');
    await first.program.ended;

    const other = path.join(database.variables['PICTOGRAPH_DATA'] ?? '', 'other-clip');
    await cp(path.join(PROJECT_ROOT, 'models/pictogram-clip'), other, { recursive: true });
    const config = path.join(other, 'config.json');
    await writeFile(config, `${await readFile(config, 'utf8')}\n`);
    const refused = await runProgram(['serve'], { ...variables, CLIP_MODEL: other });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/1 embeddings of pictogram-clip/);
    expect(refused.stderr).toMatch(/CLIP_MODEL=/);

    const { url } = await start();
    const { search } = await request<{ search: { edges: unknown[] } }>(
      url,
      '{ search(query: { text: "anything" }) { edges { similarity } } }',
    );
    expect(search.edges).toHaveLength(1);
  });

  it('falls back to the bundled model when the hub cannot be reached, and stays with it', async () => {
    const unreachable = { CLIP_MODEL: '', HF_ENDPOINT: 'http://127.0.0.1:9' };
    const first = await start(unreachable);
    expect(first.program.stderr()).toMatch(/pictograms and drawn objects, not photographs/);
    first.program.child.kill('SIGTERM');
    expect(await first.program.ended).toBe(0);
    const again = await start(unreachable);
    expect(again.program.stderr()).not.toMatch(/cannot be reached/);
    const { models } = await request<{ models: unknown[] }>(again.url, '{ models { name revision active } }');
    expect(models).toEqual([{ name: 'pictogram-clip', revision: 'local', active: true }]);
  });

  it('ends with what is wrong when the download of a model breaks off', async () => {
    const model = 'someone/some-clip';
    const hub = await startTestHub({ folder: path.join(PROJECT_ROOT, 'models/pictogram-clip'), model });
    hub.fail('onnx/vision_model.onnx', { body: 'x'.repeat(1000) });
    const { code, stderr } = await runProgram(['serve'], {
      ...variables,
      CLIP_MODEL: model,
      HF_ENDPOINT: hub.url,
    });
    await hub.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/onnx\/vision_model\.onnx of someone\/some-clip/);
  });

  it('stops in the middle of the download of a model, and leaves nothing of it', async () => {
    const model = 'someone/some-clip';
    const hub = await startTestHub({ folder: path.join(PROJECT_ROOT, 'models/pictogram-clip'), model });
    hub.fail('onnx/vision_model.onnx', { stallAfter: 1000 });
    const program = startProgram(['serve'], { ...variables, CLIP_MODEL: model, HF_ENDPOINT: hub.url });
    await vi.waitFor(() => {
      expect(hub.requests.some((asked) => asked.startsWith('GET /signed/onnx/vision'))).toBe(true);
    }, PATIENCE);
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(0);
    const weights = path.join(database.variables['PICTOGRAPH_DATA'] ?? '', 'models', model, 'main', 'onnx');
    expect((await readdir(weights)).filter((name) => name.startsWith('vision'))).toEqual([]);
    await hub.close();
  });

  it('refuses to listen beyond loopback without keys, and every mistake in the configuration at once', async () => {
    const open = await runProgram(['serve'], { ...variables, HOST: '0.0.0.0' });
    expect(open.code).not.toBe(0);
    expect(open.stderr).toMatch(/pictograph keys create/);
    expect(open.stderr).toMatch(/PICTOGRAPH_ALLOW_ANONYMOUS/);
    const wrong = await runProgram(['serve'], { ...variables, PORT: 'http', MAX_IMAGE_MB: '0' });
    expect(wrong.code).toBe(78);
    expect(wrong.stderr).toMatch(/2 mistakes[^]*PORT=http[^]*MAX_IMAGE_MB=0/);
  });
});
