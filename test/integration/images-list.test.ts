import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageFilterSql, isEmptyFilter, type ImageFilter } from '../../src/db/image-filter.js';
import { insertImage, type GeoPoint, type ImageRow, type ImageStatus } from '../../src/db/images.js';
import type { ImageListRequest, ImageOrderField, ImagePosition } from '../../src/images/images.js';
import { openCollection, type Collection } from '../support/collection.js';

let collection: Collection;
beforeAll(async () => {
  collection = await openCollection();
});
afterAll(() => collection.drop());

const FIELDS: readonly ImageOrderField[] = ['CREATED_AT', 'UPDATED_AT', 'TAKEN_AT', 'FILENAME', 'BYTE_SIZE'];
const DIRECTIONS = ['ASC', 'DESC'] as const;
const TAGS = ['car', 'red', 'červené', "o'hara", 'a"b', 'a,b', '{x}', 'NULL', '\\'];
const MEDIA_TYPES = ['image/jpeg', 'image/png', 'image/webp'];
const STATUSES: readonly ImageStatus[] = ['PENDING', 'READY', 'FAILED'];
const PLACES: readonly (GeoPoint | null)[] = [
  null,
  { latitude: 50.087, longitude: 14.421 },
  { latitude: 49.195, longitude: 16.608 },
  { latitude: -17.7, longitude: 178 },
  { latitude: -14.3, longitude: -170.7 },
  { latitude: 89.9, longitude: 100 },
];
const START = Date.parse('2026-01-01T00:00:00.000Z');

/** Repeatable random numbers: from 0 to below `below`. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

let inserted = 0;
/** A row without a file: lists look at rows only. Few different values, so that there are many ties. */
async function insertRow(random: (below: number) => number): Promise<ImageRow> {
  const { pool } = collection.database;
  const image = await insertImage(pool, {
    sha256: createHash('sha256').update(`row ${++inserted}`).digest('hex'),
    mediaType: MEDIA_TYPES[random(3)] ?? '',
    width: 1 + random(4),
    height: 1 + random(4),
    byteSize: 1 + random(4),
    filename: [null, 'a.jpg', 'B.jpg', 'č.jpg', '', 'a b.jpg', '100%_a\\b.jpg'][random(7)] ?? null,
    title: null,
    tags: TAGS.filter(() => random(3) === 0).sort(),
    metadata: JSON.stringify({
      roll: random(3),
      list: [random(3)],
      ...(random(2) === 0 && { nested: { a: 1, b: 2 } }),
    }),
    takenAt: random(3) === 0 ? null : new Date(Date.parse('1850-06-01T00:00:00Z') + random(6)),
    location: PLACES[random(PLACES.length)] ?? null,
    camera: null,
    frameCount: 1,
    perceptualHash: undefined,
  });
  if (image === undefined) throw new Error('not inserted');
  const status = STATUSES[random(3)] ?? 'READY';
  await pool.query(
    `UPDATE images SET status = $2, failure_code = CASE WHEN $2 = 'FAILED'::image_status THEN 'INTERNAL' END,
       created_at = $3, updated_at = $4 WHERE id = $1`,
    [image.id, status, new Date(START + random(8)), new Date(START + random(8))],
  );
  const [row] = (await collection.images.byIds([image.id])).values();
  if (row === undefined) throw new Error('not found');
  return row;
}

/** Pages through everything, from the start or from the end, and calls `between` after each page. */
async function walk(
  request: Pick<ImageListRequest, 'filter' | 'orderBy' | 'from' | 'limit'>,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<number[]> {
  const ids: number[] = [];
  let bound: ImagePosition | undefined;
  for (;;) {
    const forwards = request.from === 'start';
    const page = await collection.images.list({ ...request, [forwards ? 'after' : 'before']: bound });
    const edge = forwards ? page.images.at(-1) : page.images[0];
    const found = page.images.map(({ id }) => id);
    expect(found.length).toBeLessThanOrEqual(request.limit);
    ids.splice(forwards ? ids.length : 0, 0, ...found);
    expect(forwards ? page.hasPreviousPage : page.hasNextPage).toBe(bound !== undefined);
    if (!(forwards ? page.hasNextPage : page.hasPreviousPage) || edge === undefined) return ids;
    expect(found).toHaveLength(request.limit);
    bound = collection.images.positionOf(edge, request.orderBy.field);
    await between();
  }
}

describe('lists', () => {
  let rows: ImageRow[];
  beforeAll(async () => {
    const random = randomNumbers(1);
    rows = [];
    for (let count = 0; count < 60; count++) rows.push(await insertRow(random));
  });

  it('are empty without a match, and say so', async () => {
    const request = { orderBy: { field: 'CREATED_AT', direction: 'ASC' }, limit: 10, from: 'start' } as const;
    const nothing = { images: [], hasNextPage: false, hasPreviousPage: false };
    expect(await collection.images.list({ ...request, filter: { ids: [] } })).toEqual(nothing);
    expect(await collection.images.list({ ...request, from: 'end', filter: { ids: [2 ** 50] } })).toEqual(
      nothing,
    );
  });

  for (const field of FIELDS) {
    for (const direction of DIRECTIONS) {
      it(`by ${field} ${direction} meet every image once, in the same order from both ends`, async () => {
        const orderBy = { field, direction };
        const whole = await walk({ filter: {}, orderBy, from: 'start', limit: 100 });
        expect([...whole].sort((a, b) => a - b)).toEqual(rows.map(({ id }) => id));
        for (const limit of [1, 7, 59, 60]) {
          expect(await walk({ filter: {}, orderBy, from: 'start', limit })).toEqual(whole);
          expect(await walk({ filter: {}, orderBy, from: 'end', limit })).toEqual(whole);
        }
        expectOrdered(whole, orderBy);
      });

      it(`by ${field} ${direction} keep to a filter and to both bounds`, async () => {
        const orderBy = { field, direction };
        const filter: ImageFilter = { status: ['READY', 'FAILED'], tagsNone: ['car'] };
        const whole = await walk({ filter, orderBy, from: 'start', limit: 100 });
        expect(whole.length).toBeGreaterThan(10);
        for (const [start, end] of [
          [0, whole.length - 1],
          [3, 9],
          [4, 5],
          [6, 6],
          [9, 3],
        ] as const) {
          const [after, before] = [whole[start], whole[end]].map((id) => {
            const row = rows.find((candidate) => candidate.id === id);
            return row && collection.images.positionOf(row, field);
          });
          const between = whole.slice(start + 1, end);
          for (const from of ['start', 'end'] as const) {
            const page = await collection.images.list({ filter, orderBy, limit: 3, from, after, before });
            expect(page.images.map(({ id }) => id)).toEqual(
              from === 'start' ? between.slice(0, 3) : between.slice(-3),
            );
            expect([page.hasPreviousPage, page.hasNextPage]).toEqual([true, true]);
          }
        }
      });

      it(`by ${field} ${direction} neither repeat nor skip while images come and go`, async () => {
        const random = randomNumbers(2);
        const orderBy = { field, direction };
        for (const from of ['start', 'end'] as const) {
          const before = await walk({ filter: {}, orderBy, from, limit: 100 });
          const added: number[] = [];
          const met = await walk({ filter: {}, orderBy, from, limit: 7 }, async () => {
            // One that was met already goes, others come anywhere in the order.
            const gone = added.shift();
            if (gone !== undefined)
              await collection.database.pool.query('DELETE FROM images WHERE id = $1', [gone]);
            added.push((await insertRow(random)).id, (await insertRow(random)).id);
          });
          expect(new Set(met).size).toBe(met.length);
          const known = new Set(before);
          expect(met.filter((id) => known.has(id))).toEqual(before);
          await collection.database.pool.query('DELETE FROM images WHERE NOT id = ANY($1::bigint[])', [
            before,
          ]);
        }
      });
    }
  }

  /** Checks the order against plain comparisons; texts have the database's collation, so of them only ties and NULLs. */
  function expectOrdered(ids: readonly number[], { field, direction }: ImageListRequest['orderBy']): void {
    const positions = ids.map((id) => {
      const row = rows.find((candidate) => candidate.id === id);
      if (row === undefined) throw new Error('unknown row');
      return collection.images.positionOf(row, field);
    });
    const sign = direction === 'ASC' ? 1 : -1;
    for (const [index, position] of positions.entries()) {
      const next = positions[index + 1];
      if (next === undefined) continue;
      if (position.key === next.key) expect(Math.sign(next.id - position.id)).toBe(sign);
      else if (position.key === null) throw new Error('An image without a value stands before one with.');
      else if (field !== 'FILENAME' && next.key !== null) expect(next.key > position.key).toBe(sign === 1);
    }
    const firstNull = positions.findIndex(({ key }) => key === null);
    if (firstNull !== -1) expect(positions.slice(firstNull).every(({ key }) => key === null)).toBe(true);
  }

  it('find their place again although the image of the cursor is gone', async () => {
    const orderBy = { field: 'BYTE_SIZE', direction: 'ASC' } as const;
    const whole = await walk({ filter: {}, orderBy, from: 'start', limit: 100 });
    const gone = await insertRow(randomNumbers(3));
    const after = collection.images.positionOf(gone, 'BYTE_SIZE');
    const withIt = await walk({ filter: {}, orderBy, from: 'start', limit: 100 });
    await collection.images.delete([gone.id]);
    const page = await collection.images.list({ filter: {}, orderBy, from: 'start', limit: 100, after });
    expect(page.images.map(({ id }) => id)).toEqual(whole.slice(withIt.indexOf(gone.id)));
  });

  it.each<[ImageOrderField, ImagePosition]>([
    ['CREATED_AT', { key: 5, id: 1 }],
    ['CREATED_AT', { key: 'yesterday', id: 1 }],
    ['CREATED_AT', { key: null, id: 1 }],
    ['UPDATED_AT', { key: "2026-01-01'; DROP TABLE images; --", id: 1 }],
    ['BYTE_SIZE', { key: '5', id: 1 }],
    ['BYTE_SIZE', { key: 1.5, id: 1 }],
    ['TAKEN_AT', { key: 5, id: 1 }],
    ['TAKEN_AT', { key: '0000-01-01T00:00:00.000Z', id: 1 }],
    ['FILENAME', { key: 5, id: 1 }],
    ['FILENAME', { key: 'a\0', id: 1 }],
    ['BYTE_SIZE', { key: 1, id: 1.5 }],
    ['BYTE_SIZE', { key: 1, id: Number.NaN }],
  ])('by %s refuse the position %j', async (field, position) => {
    const request = { filter: {}, orderBy: { field, direction: 'ASC' }, limit: 10, from: 'start' } as const;
    await expect(collection.images.list({ ...request, after: position })).rejects.toMatchObject({
      code: 'INVALID_CURSOR',
    });
    await expect(collection.images.list({ ...request, before: position })).rejects.toMatchObject({
      code: 'INVALID_CURSOR',
    });
  });

  it('count what they list', async () => {
    expect(await collection.images.count({})).toBe(rows.length);
    const ready = rows.filter(({ status }) => status === 'READY');
    expect(await collection.images.count({ status: ['READY'] })).toBe(ready.length);
  });

  it('are counted over the whole collection', async () => {
    await collection.database.pool.query(
      `INSERT INTO text_embeddings (model_id, text, embedding) VALUES ($1, 'red car', '[1]')`,
      [collection.modelId],
    );
    const having = (status: ImageStatus) => rows.filter((row) => row.status === status).length;
    expect(await collection.images.stats()).toEqual({
      images: rows.length,
      pending: having('PENDING'),
      ready: having('READY'),
      failed: having('FAILED'),
      bytes: rows.reduce((sum, { byteSize }) => sum + byteSize, 0),
      texts: 1,
    });
  });

  describe('filters', () => {
    /** What a filter means, in plain JavaScript. */
    function matches(row: ImageRow, filter: ImageFilter): boolean {
      const { ids, status, tagsAll, tagsAny, tagsNone, mediaType, createdFrom, createdBefore } = filter;
      return (
        (ids === undefined || ids.includes(row.id)) &&
        (status === undefined || status.includes(row.status)) &&
        (tagsAll === undefined || tagsAll.every((tag) => row.tags.includes(tag))) &&
        (tagsAny === undefined || tagsAny.some((tag) => row.tags.includes(tag))) &&
        !tagsNone?.some((tag) => row.tags.includes(tag)) &&
        (mediaType === undefined || mediaType.includes(row.mediaType)) &&
        (createdFrom === undefined || row.createdAt >= createdFrom) &&
        (createdBefore === undefined || row.createdAt < createdBefore) &&
        (filter.takenFrom === undefined || (row.takenAt !== null && row.takenAt >= filter.takenFrom)) &&
        (filter.takenBefore === undefined || (row.takenAt !== null && row.takenAt < filter.takenBefore)) &&
        row.width >= (filter.widthMin ?? 0) &&
        row.width <= (filter.widthMax ?? 9) &&
        row.height >= (filter.heightMin ?? 0) &&
        row.height <= (filter.heightMax ?? 9) &&
        (filter.filename === undefined ||
          (row.filename?.toLowerCase().includes(filter.filename.toLowerCase()) ?? false)) &&
        (filter.hasLocation === undefined || (row.location !== null) === filter.hasLocation) &&
        (filter.and ?? []).every((nested) => matches(row, nested)) &&
        (filter.or?.some((nested) => matches(row, nested)) ?? true) &&
        !(filter.not !== undefined && matches(row, filter.not))
      );
    }

    /** Compares the database's answer with the predicate's. */
    async function expectSame(filter: ImageFilter): Promise<number> {
      const expected = rows.filter((row) => matches(row, filter)).map(({ id }) => id);
      const orderBy = { field: 'CREATED_AT', direction: 'ASC' } as const;
      const { images } = await collection.images.list({ filter, orderBy, limit: 100, from: 'start' });
      expect(images.map(({ id }) => id).sort((a, b) => a - b)).toEqual(expected);
      expect(await collection.images.count(filter)).toBe(expected.length);
      return expected.length;
    }

    const at = (milliseconds: number) => new Date(START + milliseconds);

    it.each<[string, ImageFilter]>([
      ['nothing asked', {}],
      ['no ids', { ids: [] }],
      ['unknown ids', { ids: [2 ** 50, -1] }],
      ['no status', { status: [] }],
      ['one status', { status: ['FAILED'] }],
      ['two statuses', { status: ['PENDING', 'READY'] }],
      ['all of no tags', { tagsAll: [] }],
      ['all of two tags', { tagsAll: ['car', 'red'] }],
      ['any of no tags', { tagsAny: [] }],
      ['any of two tags', { tagsAny: ['červené', "o'hara"] }],
      ['none of no tags', { tagsNone: [] }],
      ['none of two tags', { tagsNone: ['car', 'red'] }],
      ['tags that need quoting', { tagsAny: ['a"b', '{x}', '\\'], tagsNone: ['NULL', 'a,b'] }],
      ['a tag that nobody has', { tagsAll: ['nobody'] }],
      ['tags that cannot be stored', { tagsAll: ['car', '\0'] }],
      ['tags of which one cannot be stored', { tagsAny: ['car', '\0', '\ud800'] }],
      ['no tag that cannot be stored', { tagsNone: ['car', '\0'] }],
      ['the replacement of what cannot be stored', { tagsNone: ['\ud800'] }],
      ['no media type', { mediaType: [] }],
      ['one media type', { mediaType: ['image/png'] }],
      ['a media type that cannot be stored', { mediaType: ['image/png', 'image/\0'] }],
      ['from', { createdFrom: at(3) }],
      ['before', { createdBefore: at(3) }],
      ['a range', { createdFrom: at(2), createdBefore: at(5) }],
      ['an empty range', { createdFrom: at(5), createdBefore: at(5) }],
      ['the widest range', { createdFrom: new Date(-8.64e15), createdBefore: new Date(8.64e15) }],
      ['after the end of time', { createdFrom: new Date(8.64e15) }],
      ['taken from', { takenFrom: new Date('1850-06-01T00:00:00.002Z') }],
      ['taken before', { takenBefore: new Date('1850-06-01T00:00:00.003Z') }],
      ['sides in a range', { widthMin: 2, widthMax: 3, heightMin: 3 }],
      ['an empty range of sides', { heightMin: 3, heightMax: 2 }],
      ['a part of the file name', { filename: 'A' }],
      ['a part of the file name that LIKE would read otherwise', { filename: '%_a\\B' }],
      ['an underscore in the file name', { filename: '_' }],
      ['a backslash in the file name', { filename: '\\' }],
      ['nothing of the file name', { filename: '' }],
      ['a file name that cannot be stored', { filename: 'a\0' }],
      ['a known place', { hasLocation: true }],
      ['no known place', { hasLocation: false }],
      ['all of no filters', { and: [] }],
      ['all of filters', { and: [{ tagsAll: ['car'] }, { widthMin: 2 }, {}] }],
      ['one of no filters', { or: [] }],
      ['one of filters', { or: [{ tagsAll: ['car'] }, { widthMin: 4 }], heightMin: 2 }],
      ['one of filters, of which one asks for nothing', { or: [{ ids: [] }, { and: [{}] }] }],
      ['not a filter', { not: { tagsAll: ['car'], widthMin: 2 } }],
      ['not everything', { not: {} }],
      ['not nothing', { not: { or: [] } }],
      ['not a time, which is not known of all', { not: { takenFrom: new Date('1850-06-01T00:00:00.002Z') } }],
      ['not a file name, which not all have', { not: { filename: 'a' } }],
      ['not not', { not: { not: { takenFrom: new Date('1850-06-01T00:00:00.002Z') } } }],
      [
        'filters within filters',
        {
          and: [{ or: [{ tagsAll: ['car'] }, { not: { or: [{ tagsAny: ['red'] }, { widthMax: 2 }] } }] }],
          status: ['READY', 'FAILED'],
        },
      ],
      [
        'much at once',
        { status: ['READY'], tagsAny: ['car', 'red'], tagsNone: ['NULL'], createdFrom: at(1) },
      ],
    ])('%s', async (_, filter) => {
      await expectSame(filter);
    });

    /** Which of PLACES a filter lets through. */
    async function placesWithin(filter: ImageFilter): Promise<number[]> {
      const orderBy = { field: 'CREATED_AT', direction: 'ASC' } as const;
      const { images } = await collection.images.list({ filter, orderBy, limit: 100, from: 'start' });
      const places = images.map(({ location }) => JSON.stringify(location));
      const known = PLACES.map((place) => JSON.stringify(place));
      // Every image of a place, or none.
      expect(places).toHaveLength(
        rows.filter(({ location }) => places.includes(JSON.stringify(location))).length,
      );
      return [...new Set(places.map((place) => known.indexOf(place)))].sort();
    }

    it.each<[string, ImageFilter, number[]]>([
      ['near Prague', { near: { latitude: 50, longitude: 14.4, radiusKm: 20 } }, [1]],
      // 184 km apart.
      ['just not as far as Brno', { near: { latitude: 50.087, longitude: 14.421, radiusKm: 184 } }, [1]],
      ['as far as Brno', { near: { latitude: 50.087, longitude: 14.421, radiusKm: 187 } }, [1, 2]],
      ['across the 180th meridian', { near: { latitude: -16, longitude: -179, radiusKm: 1000 } }, [3, 4]],
      ['across the pole', { near: { latitude: 89.9, longitude: -80, radiusKm: 23 } }, [5]],
      ['the whole Earth', { near: { latitude: 0, longitude: 0, radiusKm: 20_038 } }, [1, 2, 3, 4, 5]],
      ['a box', { box: { south: 49, west: 14, north: 51, east: 17 } }, [1, 2]],
      ['a box across the 180th meridian', { box: { south: -20, west: 170, north: 0, east: -170 } }, [3, 4]],
      ['a box of no size', { box: { south: 50.087, west: 14.421, north: 50.087, east: 14.421 } }, [1]],
      [
        'not near Prague',
        { not: { near: { latitude: 50, longitude: 14.4, radiusKm: 20 } } },
        [0, 2, 3, 4, 5],
      ],
      [
        'near Prague or in a box',
        {
          or: [
            { near: { latitude: 50, longitude: 14.4, radiusKm: 20 } },
            { box: { south: -20, west: 170, north: 0, east: -170 } },
          ],
        },
        [1, 3, 4],
      ],
    ])('%s', async (_, filter, expected) => {
      expect(await placesWithin(filter)).toEqual(expected);
    });

    it('look into metadata', async () => {
      const having = (test: (metadata: ImageRow['metadata']) => boolean) =>
        rows.filter(({ metadata }) => test(metadata)).length;
      const count = (metadata: unknown) => collection.images.count({ metadata: JSON.stringify(metadata) });
      expect(await count({})).toBe(rows.length);
      expect(await count({ roll: 1 })).toBe(having(({ roll }) => roll === 1));
      expect(await count({ roll: '1' })).toBe(0);
      expect(await count({ nested: { b: 2 } })).toBe(having(({ nested }) => nested !== undefined));
      expect(await count({ list: [2] })).toBe(having(({ list }) => JSON.stringify(list) === '[2]'));
      const not = { not: { or: [{ metadata: '{"roll":1}' }, { metadata: '{"nested":{"a":1}}' }] } };
      expect(await collection.images.count(not)).toBe(
        having(({ roll, nested }) => roll !== 1 && nested === undefined),
      );
    });

    it('made at random', async () => {
      const random = randomNumbers(4);
      const some = <T>(values: readonly T[]) => values.filter(() => random(3) === 0);
      const maybe = (condition: ImageFilter) => (random(3) === 0 ? condition : {});
      const filter = (depth: number): ImageFilter => ({
        ...maybe({ ids: some(rows).map(({ id }) => id) }),
        ...maybe({ status: some(STATUSES) }),
        ...maybe({ tagsAll: some(TAGS).slice(0, 2) }),
        ...maybe({ tagsAny: some(TAGS) }),
        ...maybe({ tagsNone: some(TAGS).slice(0, 2) }),
        ...maybe({ mediaType: some(MEDIA_TYPES) }),
        ...maybe({ createdFrom: at(random(8)) }),
        ...maybe({ createdBefore: at(random(8)) }),
        ...(depth > 0 && {
          ...maybe({ and: [filter(depth - 1), filter(depth - 1)] }),
          ...maybe({ or: [filter(depth - 1), filter(depth - 1), filter(depth - 1)] }),
          ...maybe({ not: filter(depth - 1) }),
        }),
      });
      let found = 0;
      for (let round = 0; round < 150; round++) found += await expectSame(filter(round % 3));
      expect(found).toBeGreaterThan(200);
    });

    it('stand in a statement that has other parameters', async () => {
      const { sql, values } = imageFilterSql({ tagsAll: ['car'], createdFrom: at(0) }, 3);
      const { rows: answer } = await collection.database.pool.query(
        `SELECT $1::text AS first, $2::integer AS second, count(*) AS count FROM images AS i WHERE ${sql}`,
        ['one', 2, ...values],
      );
      const expected = rows.filter((row) => row.tags.includes('car')).length;
      expect(answer).toEqual([{ first: 'one', second: 2, count: String(expected) }]);
    });

    it('that let everything through are known as such', () => {
      expect(imageFilterSql({}, 1)).toEqual({ sql: 'true', values: [] });
      expect(isEmptyFilter({})).toBe(true);
      expect(isEmptyFilter({ tagsAll: [], tagsNone: [] })).toBe(true);
      expect(isEmptyFilter({ and: [{}, { or: [{ ids: [1] }, {}] }] })).toBe(true);
      expect(isEmptyFilter({ or: [] })).toBe(false);
      expect(isEmptyFilter({ not: {} })).toBe(false);
      expect(isEmptyFilter({ ids: [] })).toBe(false);
      expect(isEmptyFilter({ tagsAny: [] })).toBe(false);
      expect(isEmptyFilter({ status: ['READY'] })).toBe(false);
    });
  });
});
