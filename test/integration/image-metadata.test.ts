import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { EXIF, plainJpeg, XMP } from '../support/metadata.js';

const FIELDS = 'id title tags takenAt location { latitude longitude } camera frameCount';
const image = z.object({
  id: z.string(),
  title: z.string().nullable(),
  tags: z.array(z.string()),
  takenAt: z.string().nullable(),
  location: z.object({ latitude: z.number(), longitude: z.number() }).nullable(),
  camera: z.string().nullable(),
  frameCount: z.number(),
});
const added = z.object({
  addImages: z.object({
    results: z.array(z.union([z.object({ image }), z.object({ code: z.string(), message: z.string() })])),
  }),
});
const page = z.object({
  images: z.object({
    nodes: z.array(image),
    totalCount: z.number(),
    pageInfo: z.object({
      hasNextPage: z.boolean(),
      hasPreviousPage: z.boolean(),
      startCursor: z.string().nullable(),
      endCursor: z.string().nullable(),
    }),
  }),
});

let app: TestApp;
let seed = 0;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const photograph = async () =>
  sharp(await plainJpeg(++seed))
    .withExif(EXIF)
    .withXmp(XMP)
    .jpeg()
    .toBuffer();

async function ask<T>(schema: z.ZodType<T>, query: string, variables?: Record<string, unknown>): Promise<T> {
  const { data, errors } = await app.graphql(query, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return schema.parse(data);
}

async function add(bytes: Buffer, details: Record<string, unknown> = {}) {
  const { addImages } = await ask(
    added,
    `mutation ($input: AddImagesInput!) { addImages(input: $input) { results {
      ... on ImageAccepted { image { ${FIELDS} } } ... on ImageRejected { code message } } } }`,
    { input: { images: [{ source: { base64: bytes.toString('base64') }, ...details }] } },
  );
  return addImages.results[0];
}

async function accepted(bytes: Buffer, details?: Record<string, unknown>) {
  const result = await add(bytes, details);
  if (result === undefined || !('image' in result)) throw new Error(JSON.stringify(result));
  return result.image;
}

const list = async (args: string) =>
  (
    await ask(
      page,
      `{ images(${args}) { nodes { ${FIELDS} } totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    )
  ).images;

describe('what a file says of itself', () => {
  it('describes the image', async () => {
    const found = await accepted(await photograph());
    expect(found).toMatchObject({
      title: 'A red car',
      tags: ['car', 'červené'],
      takenAt: '2024-06-01T10:30:15.250Z',
      camera: 'Fuji X100',
      frameCount: 1,
    });
    expect(found.location?.latitude).toBeCloseTo(50.08753, 5);
    expect(found.location?.longitude).toBeCloseTo(14.41667, 5);
  });

  it('gives way to what people say', async () => {
    const said = {
      title: 'Mine',
      tags: ['my tag'],
      takenAt: '1969-07-20T20:17:40.000Z',
      location: { latitude: -0.5, longitude: 180 },
    };
    expect(await accepted(await photograph(), said)).toMatchObject(said);
  });

  it('is nothing for a plain picture', async () => {
    expect(await accepted(await plainJpeg(++seed))).toMatchObject({
      title: null,
      tags: [],
      takenAt: null,
      location: null,
      camera: null,
    });
  });

  it('can be corrected and removed', async () => {
    const { id } = await accepted(await photograph());
    const update = (input: Record<string, unknown>) =>
      app.graphql(
        `mutation ($input: UpdateImageInput!) { updateImage(input: $input) { result {
          ... on ImageUpdated { image { takenAt location { latitude longitude } } } ... on InvalidInput { field message } } } }`,
        { input: { id, ...input } },
      );
    const place = { latitude: 1.5, longitude: -2.5 };
    expect((await update({ location: place })).data).toEqual({
      updateImage: { result: { image: { takenAt: '2024-06-01T10:30:15.250Z', location: place } } },
    });
    expect((await update({ takenAt: null, location: null })).data).toEqual({
      updateImage: { result: { image: { takenAt: null, location: null } } },
    });
    const refused = (await update({ location: { latitude: 90.5, longitude: 0 } })).data;
    expect(refused).toMatchObject({ updateImage: { result: { field: 'input.location' } } });
  });

  it('must be a place and a time that exist', async () => {
    const bytes = await plainJpeg(++seed);
    expect(await add(bytes, { location: { latitude: 0, longitude: -181 } })).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('longitude between -180 and 180') as unknown,
    });
    expect(await add(bytes, { takenAt: '0000-06-01T00:00:00Z' })).toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('the order by time taken', () => {
  it('puts images without a time last, and pages through all both ways', async () => {
    const times = [
      '2001-01-01T00:00:00.000Z',
      '1899-12-31T23:59:59.999Z',
      '2001-01-01T00:00:00.000Z',
      null,
      null,
    ];
    const ids: string[] = [];
    for (const takenAt of times) ids.push((await accepted(await plainJpeg(++seed), { takenAt })).id);
    for (const direction of ['ASC', 'DESC']) {
      const args = `filter: { ids: ${JSON.stringify(ids)} }, orderBy: { field: TAKEN_AT, direction: ${direction} }`;
      const placesOf = ({ nodes }: Awaited<ReturnType<typeof list>>) =>
        nodes.map(({ id }) => ids.indexOf(id));
      const order = direction === 'ASC' ? [1, 0, 2, 3, 4] : [2, 0, 1, 4, 3];
      expect(placesOf(await list(`first: 100, ${args}`))).toEqual(order);

      const forwards: number[] = [];
      for (let from = 'first: 2'; from !== '';) {
        const found = await list(`${from}, ${args}`);
        forwards.push(...placesOf(found));
        const { hasNextPage, endCursor } = found.pageInfo;
        from = hasNextPage ? `first: 2, after: "${endCursor ?? ''}"` : '';
      }
      expect(forwards).toEqual(order);

      const backwards: number[] = [];
      for (let from = 'last: 2'; from !== '';) {
        const found = await list(`${from}, ${args}`);
        backwards.unshift(...placesOf(found));
        const { hasPreviousPage, startCursor } = found.pageInfo;
        from = hasPreviousPage ? `last: 2, before: "${startCursor ?? ''}"` : '';
      }
      expect(backwards).toEqual(order);
    }
  });
});

describe('filters', () => {
  it('by time, place, size, name and metadata find the image, in lists and in a search', async () => {
    const { id } = await accepted(await photograph(), {
      filename: 'Holiday_100%.jpg',
      metadata: { trip: { year: 2024, to: ['Prague', 'Brno'] } },
      tags: ['only this'],
    });
    await expect
      .poll(async () => (await app.graphql('query ($id: ID!) { image(id: $id) { status } }', { id })).data, {
        timeout: 60_000,
      })
      .toEqual({ image: { status: 'READY' } });
    const conditions: readonly (readonly [string, boolean])[] = [
      ['takenAt: { from: "2024-06-01T10:30:15.250Z", before: "2024-06-01T10:30:15.251Z" }', true],
      ['takenAt: { before: "2024-06-01T10:30:15.250Z" }', false],
      ['width: { min: 40, max: 40 }', true],
      ['width: { max: 39 }', false],
      ['height: { min: 30 }', true],
      ['filename: "DAY_100%."', true],
      ['filename: "day_1%j"', false],
      ['metadata: { trip: { to: ["Brno"] } }', true],
      ['metadata: { trip: { year: 2023 } }', false],
      ['location: { near: { latitude: 50, longitude: 14.4, radiusKm: 15 } }', true],
      ['location: { near: { latitude: 49, longitude: 14.4, radiusKm: 15 } }', false],
      ['location: { box: { south: 50, west: 14, north: 51, east: 15 } }', true],
      ['hasLocation: true', true],
      ['hasLocation: false', false],
    ];
    for (const [condition, expected] of conditions) {
      const filter = `filter: { tagsAll: ["only this"], ${condition} }`;
      const { data } = await app.graphql(
        `{ images(${filter}) { totalCount } search(query: { text: "red" }, ${filter}) { nodes { id } plan { candidates } } }`,
      );
      expect(data, condition).toEqual({
        images: { totalCount: expected ? 1 : 0 },
        search: { nodes: expected ? [{ id }] : [], plan: { candidates: expected ? 1 : 0 } },
      });
    }
  });
});
