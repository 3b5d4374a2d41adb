import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApiKey } from '../../src/db/api-keys.js';
import { createLogger } from '../../src/log.js';
import { createSearchLog, withSearchLog } from '../../src/search/search-log.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { postGraphql } from '../support/graphql-client.js';
import { createFakeEncoder } from '../support/fake-encoder.js';
import { openSearchCollection, request, type SearchCollection } from '../support/search-collection.js';
import { insertEmbeddedImages, randomUnitVector, seededRandom } from '../support/vectors.js';

const LOG = `{ searchLog {
  enabled retentionDays
  perDay(days: 2) { day searches emptySearches averageMs }
  popular(first: 3, days: 7) { text searches emptySearches bestSimilarity lastSearchedAt }
  empty(first: 3, days: 7) { text searches emptySearches bestSimilarity }
} }`;
const text = z.object({
  text: z.string(),
  searches: z.number(),
  emptySearches: z.number(),
  bestSimilarity: z.number().nullable(),
});
const logged = z.object({
  searchLog: z.object({
    enabled: z.boolean(),
    retentionDays: z.number(),
    perDay: z.array(
      z.object({
        day: z.iso.datetime(),
        searches: z.number(),
        emptySearches: z.number(),
        averageMs: z.number().nullable(),
      }),
    ),
    popular: z.array(text),
    empty: z.array(text),
  }),
});

describe('the search log of a server', () => {
  let app: TestApp;
  let stored: () => Promise<unknown[]>;
  beforeAll(async () => {
    app = await startTestApp({ SEARCH_LOG_DAYS: '7' });
    const random = seededRandom(1);
    const { dimensions, id } = app.app.model;
    await insertEmbeddedImages(
      app.app.database.pool,
      id,
      Array.from({ length: 3 }, () => randomUnitVector(dimensions, random)),
      () => ['kept'],
    );
    stored = async () =>
      (
        await app.app.database.pool.query<Record<string, unknown>>(
          'SELECT kind, text, filtered, matches FROM search_log ORDER BY id',
        )
      ).rows;
  });
  afterAll(() => app.close());

  const search = (query: string) =>
    app.graphql(`{ search(${query}) { nodes { id } pageInfo { endCursor } } }`);

  it('counts what was searched and what found nothing, and leaves out who asked to be left out', async () => {
    await search('query: { text: "red car" }');
    const { data } = await search('query: { text: " Red  car" }, first: 1');
    const { endCursor } = z
      .object({ search: z.object({ pageInfo: z.object({ endCursor: z.string() }) }) })
      .parse(data).search.pageInfo;
    await search('query: { text: "red car" }');
    await search('query: { text: "unicorn" }, minSimilarity: 1');
    await search('query: { text: "unicorn" }, filter: { tagsAny: ["kept"] }');
    // Neither of these: a later page, one that failed, one that opted out, and what is no search by a person.
    await search(`query: { text: "Red car" }, after: "${endCursor}"`);
    await search('query: { text: "" }');
    await search('query: { text: "secret" }, log: false');
    await app.graphql('{ images { nodes { similar { nodes { id } } } } }');
    await search(`query: { vector: ${JSON.stringify(Array(app.app.model.dimensions).fill(1))} }`);

    await expect.poll(stored).toEqual([
      { kind: 'text', text: 'red car', filtered: false, matches: 3 },
      { kind: 'text', text: 'Red car', filtered: false, matches: 1 },
      { kind: 'text', text: 'red car', filtered: false, matches: 3 },
      { kind: 'text', text: 'unicorn', filtered: false, matches: 0 },
      { kind: 'text', text: 'unicorn', filtered: true, matches: 3 },
      { kind: 'vector', text: null, filtered: false, matches: 3 },
    ]);
    const { searchLog } = logged.parse((await app.graphql(LOG)).data);
    expect(searchLog).toMatchObject({
      enabled: true,
      retentionDays: 7,
      popular: [
        { text: 'red car', searches: 3, emptySearches: 0 },
        { text: 'unicorn', searches: 2, emptySearches: 1 },
      ],
      empty: [{ text: 'unicorn', searches: 2, emptySearches: 1 }],
    });
    expect(searchLog.popular[0]?.bestSimilarity).toBeGreaterThan(-1);
    // Two days, for a test that runs over midnight.
    expect(searchLog.perDay).toHaveLength(2);
    expect(searchLog.perDay.reduce((sum, { searches }) => sum + searches, 0)).toBe(6);
    expect(searchLog.perDay.reduce((sum, { emptySearches }) => sum + emptySearches, 0)).toBe(1);
  });

  it('refuses days and pages out of range', async () => {
    for (const field of [
      'perDay(days: 0) { day }',
      'popular(days: 367) { text }',
      'empty(first: 101) { text }',
    ]) {
      const { errors } = await app.graphql(`{ searchLog { ${field} } }`);
      expect(errors?.[0]?.extensions.code, field).toBe('BAD_USER_INPUT');
    }
  });

  it('is for the role admin alone', async () => {
    const answers = [];
    for (const role of ['read', 'write', 'admin'] as const) {
      const key = `pk_${role.repeat(8)}`;
      const sha256 = createHash('sha256').update(key).digest();
      await createApiKey(app.app.database, { name: role, role, sha256 });
      const { body } = await postGraphql(app.url, LOG, {}, { authorization: `Bearer ${key}` });
      answers.push(body.errors?.[0]?.extensions.code ?? 'allowed');
    }
    expect(answers).toEqual(['FORBIDDEN', 'FORBIDDEN', 'allowed']);
  });
});

describe('a search log', () => {
  let collection: SearchCollection;
  beforeAll(async () => {
    collection = await openSearchCollection(createFakeEncoder());
  });
  afterAll(() => collection.drop());

  const open = (settings: { enabled: boolean; days: number }, database = collection.database) => {
    const searchLog = createSearchLog({
      database,
      modelId: () => collection.model.id,
      settings,
      log: createLogger('silent'),
    });
    return { searchLog, search: withSearchLog(collection.search, searchLog) };
  };
  const count = async (where = 'true') => {
    const { rows } = await collection.database.pool.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM search_log WHERE ${where}`,
    );
    return rows[0]?.count;
  };

  it('that is off writes nothing, and still forgets', async () => {
    await collection.database.pool.query(
      `INSERT INTO search_log (searched_at, kind, filtered, matches, strategy, encode_ms, database_ms)
       SELECT now() - make_interval(days => day), 'text', false, 1, 'EXACT', 1, 1 FROM generate_series(0, 9) AS day`,
    );
    const { searchLog, search } = open({ enabled: false, days: 5 });
    await search.search(request({ query: { kind: 'text', text: 'nobody knows' }, logged: true }));
    searchLog.start();
    await expect.poll(() => count()).toBe(5);
    await searchLog.close();
    expect(await count("text = 'nobody knows'")).toBe(0);
  });

  it('writes what is noted when it is closed, and never fails a search', async () => {
    let away = true;
    const { pool } = collection.database;
    const failing = new Proxy(pool, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (property === 'query' && away) return () => Promise.reject(new Error('the database is away'));
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const { searchLog, search } = open({ enabled: true, days: 5 }, { ...collection.database, pool: failing });
    const wanted = request({ query: { kind: 'text', text: 'patient' }, logged: true });
    // More than are written at once: the first try comes soon, and fails.
    for (let times = 0; times < 600; times++) searchLog.note(wanted, await emptyResult());
    await search.search(wanted);
    away = false;
    await searchLog.close();
    expect(await count("text = 'patient'")).toBe(601);
    await search.search(wanted);
    expect(await count("text = 'patient'")).toBe(601);
  });

  const emptyResult = () =>
    Promise.resolve({
      matches: [],
      hasNextPage: false,
      plan: {
        strategy: 'EXACT',
        candidates: 0,
        exhaustive: true,
        efSearch: null,
        encodeMs: 1,
        databaseMs: 1,
      } as const,
    });
});
