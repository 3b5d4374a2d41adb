import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postGraphql } from '../../support/graphql-client.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

let server: FakeServer;
beforeAll(async () => {
  server = await startFakeServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.services.calls.length = 0;
  server.services.failures.clear();
});

const ask = async (query: string, variables?: Record<string, unknown>) =>
  (await postGraphql(server.url, query, variables)).body;

const imageId = (id: number) => Buffer.from(`Image:${id}`).toString('base64url');

describe('mutations', () => {
  it('gives one result for each source, in order, whatever the others are', async () => {
    const body = await ask(
      `mutation ($input: AddImagesInput!) {
        addImages(input: $input) {
          results {
            __typename
            ... on ImageAccepted { image { id status } }
            ... on ImageRejected { code message }
          }
        }
      }`,
      {
        input: {
          images: [
            { source: { base64: 'b25l' }, tags: null, metadata: null, title: null, filename: null },
            { source: { url: 'http://10.0.0.1/x.png' } },
            { source: { id: imageId(1) } },
            { source: { base64: 'dHdv' } },
          ],
        },
      },
    );
    expect(body).toMatchObject({
      data: {
        addImages: {
          results: [
            { __typename: 'ImageAccepted', image: { status: 'PENDING' } },
            { __typename: 'ImageRejected', code: 'URL_REFUSED' },
            { __typename: 'ImageRejected', code: 'INVALID_INPUT' },
            { __typename: 'ImageAccepted' },
          ],
        },
      },
    });
  });

  it.each([
    ['no image', []],
    ['101 images', Array.from({ length: 101 }, () => ({ source: { base64: 'eA==' } }))],
  ])('refuses %s', async (_, images) => {
    const body = await ask(
      'mutation ($input: AddImagesInput!) { addImages(input: $input) { results { __typename } } }',
      {
        input: { images },
      },
    );
    expect(body.errors?.[0]?.message).toMatch(/`input.images` has \d+ items, but takes from 1 to 100/);
    expect(server.services.calls).toEqual([]);
  });

  it('refuses a source with two ways, or none', async () => {
    const mutation =
      'mutation ($source: ImageSource!) { addImages(input: { images: [{ source: $source }] }) { results { __typename } } }';
    for (const source of [{}, { url: 'http://a.example/', base64: 'eA==' }, { url: null }]) {
      const body = await ask(mutation, { source });
      expect(body.errors?.[0]).toMatchObject({
        message: expect.stringMatching(/[Ee]xactly one|must be non-null/) as string,
        extensions: { code: 'BAD_USER_INPUT' },
      });
    }
  });

  it('updates, and tells what is not there or not valid as values', async () => {
    const query = `mutation ($input: UpdateImageInput!) {
      updateImage(input: $input) {
        result {
          __typename
          ... on ImageUpdated { image { title } }
          ... on ImageNotFound { id message }
          ... on InvalidInput { field message }
        }
      }
    }`;
    const update = async (input: unknown) =>
      ((await ask(query, { input })).data as { updateImage: unknown }).updateImage;
    expect(await update({ id: imageId(1), title: 'New', tags: null })).toEqual({
      result: { __typename: 'ImageUpdated', image: { title: 'New' } },
    });
    expect(await update({ id: imageId(99), title: 'New' })).toMatchObject({
      result: { __typename: 'ImageNotFound', id: imageId(99) },
    });
    expect(await update({ id: 'garbage' })).toMatchObject({
      result: { __typename: 'ImageNotFound', id: 'garbage' },
    });
    expect(await update({ id: imageId(1), title: '' })).toEqual({
      result: { __typename: 'InvalidInput', field: 'input.title', message: 'is empty' },
    });
  });

  it('deletes, and says which ids named nothing', async () => {
    const body = await ask('mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { deletedIds notFoundIds } }', {
      ids: [imageId(99), imageId(1), 'garbage', imageId(1)],
    });
    expect(body.data).toEqual({
      deleteImages: { deletedIds: [imageId(1)], notFoundIds: [imageId(99), 'garbage'] },
    });
  });

  it('retries all failed images, or those named', async () => {
    expect((await ask('mutation { retryFailedImages(ids: null) { retriedCount } }')).data).toEqual({
      retryFailedImages: { retriedCount: 7 },
    });
    expect(
      (await ask(`mutation { retryFailedImages(ids: ["${imageId(1)}"]) { retriedCount } }`)).data,
    ).toEqual({
      retryFailedImages: { retriedCount: 1 },
    });
    expect(
      (await ask('mutation { retryFailedImages(ids: ["x"]) { retriedCount } }')).errors?.[0]?.extensions.code,
    ).toBe('BAD_USER_INPUT');
  });
});
