import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { insertEmbeddedImages, randomUnitVector, seededRandom } from '../support/vectors.js';

const COUNT = 24;
const answer = z.object({
  images: z.object({ totalCount: z.number(), nodes: z.array(z.object({ id: z.string() })) }),
  search: z.object({
    nodes: z.array(z.object({ id: z.string() })),
    plan: z.object({ candidates: z.number(), strategy: z.string() }),
  }),
});

interface Row {
  readonly id: string;
  readonly index: number;
  readonly tags: readonly string[];
  readonly takenAt: string | null;
  readonly place: { readonly latitude: number; readonly longitude: number } | null;
  readonly year: number;
}

const PRAGUE = { latitude: 50.087, longitude: 14.421 };
const FIJI = { latitude: -17.7, longitude: 178 };

let app: TestApp;
let rows: readonly Row[];

const describeRow = (index: number): Omit<Row, 'id'> => ({
  index,
  tags: [...(index % 2 === 0 ? ['even'] : []), ...(index % 3 === 0 ? ['third'] : [])],
  takenAt: index % 4 === 0 ? null : `2026-01-${String(1 + index).padStart(2, '0')}T12:00:00.000Z`,
  place: [null, PRAGUE, FIJI][index % 3] ?? null,
  year: 2020 + (index % 5),
});

beforeAll(async () => {
  app = await startTestApp();
  const { database, model } = app.app;
  const random = seededRandom(5);
  const vectors = Array.from({ length: COUNT }, () => randomUnitVector(model.dimensions, random));
  const ids = await insertEmbeddedImages(
    database.pool,
    model.id,
    vectors,
    (index) => describeRow(index).tags,
  );
  rows = ids.map((id, index) => ({
    ...describeRow(index),
    id: Buffer.from(`Image:${id}`).toString('base64url'),
  }));
  for (const [index, id] of ids.entries()) {
    const { takenAt, place, year } = describeRow(index);
    await database.pool.query(
      `UPDATE images SET taken_at = $2, latitude = $3, longitude = $4, metadata = $5, width = $6 WHERE id = $1`,
      [
        id,
        takenAt,
        place?.latitude ?? null,
        place?.longitude ?? null,
        JSON.stringify({ shot: { year } }),
        index + 1,
      ],
    );
  }
});
afterAll(() => app.close());

const QUERY = `query ($filter: ImageFilter, $mode: SearchMode) {
  images(filter: $filter, first: 100) { totalCount nodes { id } }
  search(query: { text: "anything" }, filter: $filter, mode: $mode, first: 100) {
    nodes { id } plan { candidates strategy } } }`;

const near = { location: { near: { ...PRAGUE, radiusKm: 10 } } };
const box = { location: { box: { south: -20, west: 170, north: 0, east: -170 } } };
const from = { takenAt: { from: '2026-01-10T00:00:00Z' } };
const taken = ({ takenAt }: Row) => takenAt !== null && takenAt >= '2026-01-10';

describe('filters within a filter', () => {
  it.each<[string, object, (row: Row) => boolean]>([
    ['or', { or: [{ tagsAny: ['third'] }, from] }, (row) => row.tags.includes('third') || taken(row)],
    ['and', { and: [{ tagsAny: ['third'] }, from] }, (row) => row.tags.includes('third') && taken(row)],
    ['not a time', { not: from }, (row) => !taken(row)],
    ['not a place', { not: near }, ({ place }) => place !== PRAGUE],
    ['one of two places', { or: [near, box] }, ({ place }) => place !== null],
    [
      'metadata',
      { or: [{ metadata: { shot: { year: 2020 } } }, { metadata: { shot: { year: 2023 } } }] },
      ({ year }) => year === 2020 || year === 2023,
    ],
    [
      'all of it, beside plain conditions',
      {
        tagsAll: ['even'],
        width: { min: 3 },
        or: [{ not: from }, { and: [near, { not: { metadata: { shot: { year: 2021 } } } }] }],
        not: { or: [{ width: { min: 20 } }, box] },
      },
      (row) =>
        row.tags.includes('even') &&
        row.index >= 2 &&
        (!taken(row) || (row.place === PRAGUE && row.year !== 2021)) &&
        !(row.index >= 19 || row.place === FIJI),
    ],
    ['nothing asked', { and: [{}], or: [{}, from] }, () => true],
    ['nothing left', { not: {} }, () => false],
    ['none of no filters', { or: [] }, () => false],
  ])('%s: lists, counts and both plans of a search agree', async (_, filter, predicate) => {
    const expected = rows
      .filter(predicate)
      .map(({ id }) => id)
      .sort();
    for (const mode of ['EXACT', 'INDEX', 'AUTO']) {
      const { data, errors } = await app.graphql(QUERY, { filter, mode });
      expect(errors).toBeUndefined();
      const { images, search } = answer.parse(data);
      expect(images.totalCount).toBe(expected.length);
      expect(images.nodes.map(({ id }) => id).sort()).toEqual(expected);
      expect(search.nodes.map(({ id }) => id).sort()).toEqual(expected);
      expect(search.plan.candidates).toBe(expected.length);
      if (mode !== 'AUTO') expect(search.plan.strategy).toBe(mode);
    }
  });

  it('belong to a cursor, whatever the order in which they are written', async () => {
    const page = (filter: object, after?: string | null) =>
      app.graphql<{ search: { pageInfo: { endCursor: string } } }>(
        `query ($filter: ImageFilter, $after: String) { search(query: { text: "anything" }, first: 2, filter: $filter, after: $after) {
          nodes { id } pageInfo { endCursor } } }`,
        { filter, after },
      );
    const first = await page({ or: [{ tagsAny: ['third', 'even'] }, from], not: near });
    const after = first.data.search.pageInfo.endCursor;
    const same = await page({ not: near, or: [from, { tagsAny: ['even', 'third'] }] }, after);
    expect(same.errors).toBeUndefined();
    for (const other of [
      { and: [{ tagsAny: ['third', 'even'] }, from], not: near },
      { or: [{ tagsAny: ['third', 'even'] }, from, near] },
      { or: [{ tagsAny: ['third', 'even'] }, { not: from }], not: near },
      {},
    ]) {
      expect((await page(other, after)).errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
    }
  });

  it('are refused beyond their bounds', async () => {
    let deep: object = {};
    for (let level = 0; level < 6; level++) deep = { not: deep };
    for (const filter of [deep, { or: Array.from({ length: 50 }, () => ({})) }]) {
      const { errors } = await app.graphql(QUERY, { filter });
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
  });
});

describe('random', () => {
  const random = async (variables: Record<string, unknown>) => {
    const { data, errors } = await app.graphql<{ random: { id: string }[] }>(
      `query ($first: Int, $filter: ImageFilter, $seed: Int) { random(first: $first, filter: $filter, seed: $seed) { id } }`,
      variables,
    );
    if (errors) throw new Error(JSON.stringify(errors));
    return data.random.map(({ id }) => id);
  };

  it('shows every image once, in an order that the seed decides', async () => {
    const all = await random({ first: 100, seed: 1 });
    expect([...all].sort()).toEqual(rows.map(({ id }) => id).sort());
    expect(await random({ first: 5, seed: 1 })).toEqual(all.slice(0, 5));
    expect(await random({ first: 100, seed: 2 })).not.toEqual(all);
    // 24 images have 24! orders.
    expect(await random({ first: 100 })).not.toEqual(await random({ first: 100 }));
  });

  it('keeps to a filter', async () => {
    const all = await random({ first: 100, seed: 1 });
    const even = new Set(rows.filter(({ tags }) => tags.includes('even')).map(({ id }) => id));
    const filter = { tagsAny: ['even'] };
    expect(await random({ first: 100, seed: 1, filter })).toEqual(all.filter((id) => even.has(id)));
  });
});
