import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openApp } from '../../src/app.js';
import { createLogger } from '../../src/log.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { makePicture } from '../support/pictures.js';

const ADD = `mutation ($images: [AddImageInput!]!) { addImages(input: { images: $images }) {
  results { __typename ... on ImageAccepted { image { id } } } } }`;
const LIST = '{ images(first: 20, filter: { status: [READY] }) { nodes { id url } } }';
const PICTURES = 12;
const UNAVAILABLE = { code: 'UNAVAILABLE', message: expect.stringMatching(/folder.*away/) as string };

let test: TestApp;
let originals: string;

beforeAll(async () => {
  test = await startTestApp();
  originals = path.join(test.app.config.dataFolder, 'originals');
});
afterAll(() => test.close());

const add = async (from: number, to: number) => {
  const pictures = await Promise.all(Array.from({ length: to - from }, (_, i) => makePicture(from + i)));
  const images = pictures.map((bytes) => ({ source: { base64: bytes.toString('base64') } }));
  return test.graphql(ADD, { images });
};
const listed = async () => {
  const { data } = await test.graphql<{ images: { nodes: { id: string; url: string }[] } }>(LIST);
  return data.images.nodes;
};
/** As when the disk below is no longer mounted: an empty folder is left. */
async function unmount(): Promise<void> {
  await rename(originals, `${originals}.away`);
  await mkdir(originals);
}
async function mount(): Promise<void> {
  await rmdir(originals);
  await rename(`${originals}.away`, originals);
}

it('tells a folder of originals that is away from originals that are missing, and goes on when it is back', async () => {
  await add(0, PICTURES);
  await expect.poll(listed).toHaveLength(PICTURES);
  const [image] = await listed();
  const url = image?.url ?? '';

  await unmount();
  const answer = await fetch(url);
  expect({ status: answer.status, body: await answer.json() }).toMatchObject({
    status: 503,
    body: { error: UNAVAILABLE },
  });
  const { errors } = await add(PICTURES, PICTURES + 1);
  expect(errors).toMatchObject([{ message: UNAVAILABLE.message, extensions: { code: UNAVAILABLE.code } }]);
  expect(await readdir(originals)).toEqual([]);

  await mount();
  expect((await fetch(url)).status).toBe(200);
  await add(PICTURES, PICTURES + 1);
  await expect.poll(listed).toHaveLength(PICTURES + 1);
});

it('does not start on an empty folder while the database has images, and says what to do', async () => {
  const { config } = test.app;
  await test.app.close();
  await unmount();
  const open = () => openApp({ ...config, port: 0 }, createLogger('silent'));
  await expect(open()).rejects.toThrow(/originals is missing or empty.*mounted.*PICTOGRAPH_DATA.*mkdir -p/s);
  expect(await readdir(originals)).toEqual([]);

  await mkdir(path.join(originals, '.staging'));
  await (await open()).close();
});
