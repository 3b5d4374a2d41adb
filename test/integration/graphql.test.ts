import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { uploadGraphql, webSocketClient } from '../support/graphql-client.js';
import { statementsOf } from '../support/statements.js';
import { connection, startStripedApp, stripes, type StripedApp } from '../support/striped-app.js';

const COUNT = 30;

let striped: StripedApp;
let client: Client;
beforeAll(async () => {
  striped = await startStripedApp(COUNT);
  client = webSocketClient(striped.app.url);
});
afterAll(async () => {
  await client.dispose();
  await striped.app.close();
});

describe('statements', () => {
  it.each([
    [
      'a page with embeddings and scores',
      (first: number) =>
        `{ images(first: ${first}) { nodes { id embedding classify(labels: ["red", "blue"]) { label score } } } }`,
    ],
    [
      'a page with its edges',
      (first: number) =>
        `{ images(first: ${first}) { edges { cursor node { id title } } pageInfo { endCursor hasNextPage } totalCount } }`,
    ],
    [
      'a search',
      (first: number) =>
        `{ search(query: { text: "red" }, first: ${first}) { edges { node { id filename embedding } } plan { strategy } } }`,
    ],
    [
      'nodes by id',
      (first: number) =>
        `{ nodes(ids: [${striped.ids
          .slice(0, first)
          .map((id) => `"${id}"`)
          .join(
            ' ',
          )}]) { ... on Image { filename embedding classify(labels: ["red", "blue"]) { score } } } }`,
    ],
  ])('of %s do not grow with the number of images', async (_, query) => {
    const statements = (first: number) =>
      statementsOf(async () => {
        expect((await striped.app.graphql(query(first))).errors).toBeUndefined();
      });
    await statements(2); // The first time, new texts are encoded and stored.
    const few = await statements(2);
    const many = await statements(29);
    expect(few.length).toBeGreaterThan(0);
    expect(many).toEqual(few);
    expect(many.length).toBeLessThanOrEqual(6);
  });
});

describe('an image', () => {
  it('finds similar ones, and never itself', async () => {
    const [id] = striped.ids;
    const { image } = await striped.ask(
      z.object({
        image: z.object({
          similar: z.object({
            edges: z.array(
              z.object({ rank: z.number(), similarity: z.number(), node: z.object({ id: z.string() }) }),
            ),
          }),
        }),
      }),
      'query ($id: ID!) { image(id: $id) { similar(first: 100) { edges { rank similarity node { id } } } } }',
      { id },
    );
    expect(image.similar.edges).toHaveLength(COUNT - 1);
    expect(image.similar.edges.map(({ node }) => node.id)).not.toContain(id);
    expect(image.similar.edges.map(({ rank }) => rank)).toEqual(
      Array.from({ length: COUNT - 1 }, (_, index) => index + 1),
    );
  });

  it('has a unit vector, with which a search finds it first', async () => {
    const { image } = await striped.ask(
      z.object({ image: z.object({ embedding: z.array(z.number()) }) }),
      'query ($id: ID!) { image(id: $id) { embedding } }',
      { id: striped.ids[3] },
    );
    expect(Math.hypot(...image.embedding)).toBeCloseTo(1, 4);
    const { search } = await striped.ask(
      z.object({ search: connection }),
      'query ($vector: [Float!]!) { search(query: { vector: $vector }, first: 1) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
      { vector: image.embedding },
    );
    expect(search.edges[0]?.node.id).toBe(striped.ids[3]);
  });

  it('that is uploaded as a query finds the same bytes first, and is not added', async () => {
    const { body } = await uploadGraphql(
      striped.app.url,
      'query ($file: Upload!) { search(query: { image: { upload: $file } }, first: 1) { nodes { id } } classify(image: { upload: $file }, labels: ["red", "blue"]) { label score } stats { imageCount } }',
      { file: null },
      [{ path: 'variables.file', name: 'query.png', bytes: await stripes(4) }],
    );
    expect(body).toMatchObject({
      data: { search: { nodes: [{ id: striped.ids[4] }] }, stats: { imageCount: COUNT } },
    });
    const { classify } = z
      .object({ data: z.object({ classify: z.array(z.object({ score: z.number() })) }) })
      .parse(body).data;
    expect(classify.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
  });

  it('can be changed, tells over WebSocket when it is processed, and is gone when deleted', async () => {
    const events: unknown[] = [];
    const stop = client.subscribe(
      { query: 'subscription { imageProcessed { id status title tags } }' },
      { next: ({ data }) => events.push(data), error: () => undefined, complete: () => undefined },
    );
    const added = await new Promise((resolve, reject) => {
      void stripes(2000).then((bytes) =>
        client.subscribe(
          {
            query:
              'mutation ($base64: String!) { addImages(input: { images: [{ source: { base64: $base64 }, title: "New" }] }) { results { ... on ImageAccepted { image { id } } } } }',
            variables: { base64: bytes.toString('base64') },
          },
          { next: resolve, error: reject, complete: () => undefined },
        ),
      );
    });
    const id = z
      .object({
        data: z.object({
          addImages: z.object({ results: z.tuple([z.object({ image: z.object({ id: z.string() }) })]) }),
        }),
      })
      .parse(added).data.addImages.results[0].image.id;
    await expect
      .poll(() => events, { timeout: 30_000 })
      .toContainEqual({
        imageProcessed: { id, status: 'READY', title: 'New', tags: [] },
      });
    stop();

    const { data } = await striped.app.graphql(
      'mutation ($input: UpdateImageInput!) { updateImage(input: $input) { result { ... on ImageUpdated { image { title tags metadata } } ... on InvalidInput { field message } } } }',
      { input: { id, title: null, tags: ['b', ' a ', 'b'], metadata: { nested: { list: [1, null] } } } },
    );
    expect(data).toEqual({
      updateImage: {
        result: { image: { title: null, tags: ['a', 'b'], metadata: { nested: { list: [1, null] } } } },
      },
    });
    expect(
      (
        await striped.app.graphql(
          'mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { deletedIds notFoundIds } }',
          {
            ids: [id, id],
          },
        )
      ).data,
    ).toEqual({
      deleteImages: { deletedIds: [id], notFoundIds: [] },
    });
    expect(
      (await striped.app.graphql('query ($id: ID!) { image(id: $id) { id } node(id: $id) { id } }', { id }))
        .data,
    ).toEqual({
      image: null,
      node: null,
    });
  });

  it('takes metadata as a literal too', async () => {
    const { data } = await striped.app.graphql(
      'mutation ($id: ID!) { updateImage(input: { id: $id, metadata: { a: 1, b: [true, { c: "d" }] } }) { result { ... on ImageUpdated { image { metadata } } ... on InvalidInput { field message } } } }',
      { id: striped.ids[0] },
    );
    expect(data).toEqual({
      updateImage: { result: { image: { metadata: { a: 1, b: [true, { c: 'd' }] } } } },
    });
  });
});
