import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { uploadGraphql } from '../support/graphql-client.js';
import { hostileFiles, HOSTILE_MEGAPIXELS } from '../support/hostile/all-files.js';
import type { HostileFile } from '../support/hostile/hostile-file.js';

const AT_ONCE = 50;
const ADD = `mutation ($images: [AddImageInput!]!) { addImages(input: { images: $images }) {
  results { __typename ... on ImageAccepted { image { filename } } ... on ImageRejected { code message } } } }`;

interface Result {
  readonly __typename: 'ImageAccepted' | 'ImageDuplicate' | 'ImageRejected';
  readonly code?: string;
  readonly message?: string;
}

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ ACCEPT_SVG: 'true', MAX_IMAGE_MEGAPIXELS: HOSTILE_MEGAPIXELS });
});
afterAll(async () => {
  await app.close();
});

async function upload(files: readonly HostileFile[]): Promise<Result[]> {
  const { body } = await uploadGraphql(
    app.url,
    ADD,
    { images: files.map(() => ({ source: { upload: null } })) },
    files.map(({ name, bytes }, index) => ({
      path: `variables.images.${index}.source.upload`,
      name: name.split('/').at(-1) ?? '',
      bytes,
    })),
  );
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
  return (body.data as { addImages: { results: Result[] } }).addImages.results;
}

const NAME =
  'hostile files that are uploaded are taken as far as they are good, and each other one has its reason';

it(NAME, { timeout: 600_000 }, async () => {
  // What only takes long to decode takes as long by any way: the command line's test has it.
  const files = (await hostileFiles()).filter(({ name }) => !/^just allowed|doubling/.test(name));
  expect(files.length).toBeGreaterThan(200);
  const told: [string, string][] = [];
  for (let from = 0; from < files.length; from += AT_ONCE) {
    const some = files.slice(from, from + AT_ONCE);
    for (const [index, { __typename, code, message = '' }] of (await upload(some)).entries()) {
      told.push([some[index]?.name ?? '', __typename === 'ImageAccepted' ? 'taken' : (code ?? __typename)]);
      if (__typename !== 'ImageRejected') continue;
      expect(message).toMatch(/^[A-Z].{20,400}\.$/s);
      // A sentence for people: neither a path of the server nor the words of a decoder.
      expect(message).not.toMatch(/\/(tmp|usr|home|root|var|work)\b|\bError:|\bvips|\n/i);
    }
  }
  expect(told.sort()).toEqual(files.map(({ name, outcome }): [string, string] => [name, outcome]).sort());

  const taken = files.filter(({ outcome }) => outcome === 'taken').length;
  await vi.waitFor(
    async () => {
      expect((await app.graphql('{ stats { imageCount readyCount } }')).data).toEqual({
        stats: { imageCount: taken, readyCount: taken },
      });
    },
    { timeout: 300_000, interval: 200 },
  );
});
