import type { Client } from 'graphql-ws';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openApp } from '../../src/app.js';
import { createLogger } from '../../src/log.js';
import { databaseKind } from '../support/database.js';
import { webSocketClient } from '../support/graphql-client.js';
import { addStripes, ready, save, watch, type Watch } from '../support/saved-searches.js';
import { startStripedApp, stripes, type StripedApp } from '../support/striped-app.js';
import { insertEmbeddedImages, randomUnitVector, seededRandom } from '../support/vectors.js';

let striped: StripedApp;
let client: Client;
const watches: Watch[] = [];
beforeAll(async () => {
  striped = await startStripedApp(3);
  client = webSocketClient(striped.app.url);
});
afterEach(() => {
  for (const each of watches.splice(0)) each.stop();
  vi.restoreAllMocks();
});
afterAll(async () => {
  await client.dispose();
  await striped.app.close();
});

/** A search for the picture of a seed and nothing else. */
const saveExact = async (name: string, seed: number, more: Record<string, unknown> = {}) =>
  save(striped, {
    name,
    query: { image: { base64: (await stripes(seed)).toString('base64') } },
    minSimilarity: 0.9999,
    ...more,
  });

/** Statements of this name that any connection of this process has run since. */
function countStatements(name: string): () => number {
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockName('query');
  return () =>
    spy.mock.calls.filter(([statement]: unknown[]) => {
      const text = z.object({ text: z.string() }).safeParse(statement).data?.text ?? statement;
      return typeof text === 'string' && text.includes(`/* ${name} */`);
    }).length;
}

function listen(id: string, fields?: string): Watch {
  const started = watch(client, id, fields);
  watches.push(started);
  return started;
}

/** Resolves once a subscription is in force: images that fall within another, broader one are seen by then. */
async function inForce(): Promise<void> {
  const beacon = await save(striped, {
    name: `beacon ${Math.random()}`,
    query: { text: 'anything' },
    minSimilarity: -1,
  });
  const seen = listen(beacon.id);
  for (let seed = Math.floor(Math.random() * 1e9); seen.edges.length === 0; seed++) {
    const id = await addStripes(striped.app, seed, ['beacon']);
    await ready(striped.app, id);
  }
  seen.stop();
}

describe('a saved search that is watched', () => {
  it('tells of a new image within it, within two seconds of its being READY, and of no other', async () => {
    const all = await saveExact('all', 700);
    const tagged = await saveExact('tagged', 700, { filter: { tagsAll: ['wanted'] } });
    const wanted = listen(all.id, 'similarity rank cursor node { id }');
    const filtered = listen(tagged.id);
    await inForce();

    const id = await addStripes(striped.app, 700);
    await ready(striped.app, id);
    await expect.poll(() => wanted.edges, { timeout: 2_000, interval: 20 }).toHaveLength(1);
    expect(wanted.edges[0]).toMatchObject({ rank: 1, node: { id } });
    expect(wanted.edges[0]?.similarity).toBeGreaterThan(0.9999);

    // Its cursor is one of the search that was saved.
    const { savedSearch } = await striped.ask(
      z.object({
        savedSearch: z.object({ matches: z.object({ nodes: z.array(z.object({ id: z.string() })) }) }),
      }),
      'query ($id: ID!, $after: String) { savedSearch(id: $id) { matches(after: $after) { nodes { id } } } }',
      { id: all.id, after: wanted.edges[0]?.cursor },
    );
    expect(savedSearch.matches.nodes).toEqual([]);

    // Checked together with the one that was told of: had it been told, it would have been by now.
    expect(filtered.edges).toEqual([]);
    expect([...wanted.errors, ...filtered.errors]).toEqual([]);
  });

  it('costs one statement for all that are watched, and nothing when none is', async () => {
    const searches = await Promise.all(
      [1, 2, 3].map((least) => saveExact(`several ${least}`, 710, { filter: { width: { min: least } } })),
    );
    const heard = searches.map(({ id }) => listen(id));
    await inForce();
    const count = countStatements('savedSearches.hits');
    await ready(striped.app, await addStripes(striped.app, 710));
    await expect.poll(() => heard.map(({ edges }) => edges.length)).toEqual([1, 1, 1]);
    expect(count()).toBe(1);

    for (const each of watches.splice(0)) each.stop();
    await expect.poll(() => heard.every((each) => each.isComplete())).toBe(true);
    // The server has heard of it when the same connection answers again.
    await striped.app.graphql('{ stats { readyCount } }');
    const before = count();
    await ready(striped.app, await addStripes(striped.app, 711));
    await ready(striped.app, await addStripes(striped.app, 712));
    expect(count()).toBe(before);
  });

  it('hears of an image that could not be compared at first', async () => {
    const saved = await saveExact('bad weather', 720);
    const heard = listen(saved.id);
    await inForce();
    const { pool } = striped.app.app.database;
    const tries = countStatements('savedSearches.hits');
    await pool.query('ALTER TABLE searches RENAME TO searches_away');
    let id: string;
    try {
      id = await addStripes(striped.app, 720);
      await expect.poll(tries, { timeout: 30_000 }).toBeGreaterThan(0);
    } finally {
      await pool.query('ALTER TABLE searches_away RENAME TO searches');
    }
    await expect.poll(() => heard.edges.map(({ node }) => node.id), { timeout: 30_000 }).toEqual([id]);
  });

  it('tells by the standard score alone, where that is what the search asks for', async () => {
    const { database, model } = striped.app.app;
    // A background: with fewer than 30 images there is none, and everything falls within the search.
    const random = seededRandom(4);
    const others = Array.from({ length: 60 }, () => randomUnitVector(model.dimensions, random));
    await insertEmbeddedImages(database.pool, model.id, others);
    const query = { image: { base64: (await stripes(750)).toString('base64') } };
    const { search } = await striped.ask(
      z.object({
        search: z.object({ background: z.object({ mean: z.number(), deviation: z.number() }) }),
      }),
      'query ($query: SearchQuery!) { search(query: $query) { background { mean deviation } } }',
      { query },
    );
    const minStandardScore = (0.9999 - search.background.mean) / search.background.deviation;
    const saved = await save(striped, { name: 'far above', query, minStandardScore });
    const heard = listen(saved.id, 'similarity standardScore rank node { id }');
    await inForce();
    const other = await addStripes(striped.app, 751);
    await ready(striped.app, other);
    const id = await addStripes(striped.app, 750);
    await ready(striped.app, id);
    await expect.poll(() => heard.edges, { timeout: 30_000 }).toMatchObject([{ rank: 1, node: { id } }]);
    expect(heard.edges[0]?.standardScore).toBeGreaterThanOrEqual(minStandardScore);
    expect(heard.errors).toEqual([]);
  });

  it('ends when the search is deleted', async () => {
    const saved = await saveExact('doomed', 730);
    const heard = listen(saved.id);
    await inForce();
    await striped.app.graphql('mutation ($id: ID!) { deleteSavedSearch(id: $id) { deletedId } }', {
      id: saved.id,
    });
    await ready(striped.app, await addStripes(striped.app, 731));
    await expect.poll(() => heard.isComplete()).toBe(true);
    expect([heard.edges, heard.errors]).toEqual([[], []]);
  });

  it.each([
    ['is unknown', 'NOT_FOUND', () => Promise.resolve('nonsense')],
    [
      'has no threshold',
      'BAD_USER_INPUT',
      async () => (await save(striped, { name: 'broad', query: { text: 'red' } })).id,
    ],
  ])('is refused where it %s', async (_what, code, id) => {
    const heard = listen(await id());
    await expect.poll(() => heard.errors).toMatchObject([{ extensions: { code } }]);
  });
});

it.runIf(databaseKind === 'server')('hears of images that another process embeds', async () => {
  // Two on one database: one that serves and embeds nothing, and the one of the other tests, which works.
  const { config } = striped.app.app;
  const app = await openApp({ ...config, port: 0 }, createLogger('silent'));
  try {
    const other = webSocketClient((await app.listen()).url);
    const saved = await saveExact('across', 740);
    const heard = watch(other, saved.id);
    await expect
      .poll(
        async () => {
          const { rows } = await striped.app.app.database.pool.query<{ listening: boolean }>(
            `SELECT count(*) >= 1 AS listening FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE '%LISTEN%pictograph_image_processed%'`,
          );
          return rows[0]?.listening;
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    const id = await addStripes(striped.app, 740);
    await ready(striped.app, id);
    await expect
      .poll(() => heard.edges.map(({ node }) => node.id), { timeout: 2_000, interval: 20 })
      .toEqual([id]);
    heard.stop();
    await other.dispose();
  } finally {
    await app.close();
  }
});

describe('a saved search of another model', () => {
  it('says so, is never compared, and stays', async () => {
    const saved = await save(striped, { name: 'stranger', query: { text: 'red' }, minSimilarity: -1 });
    const { pool } = striped.app.app.database;
    await pool.query(
      `WITH model AS (
         INSERT INTO models (name, source, revision, dtype, dimensions, logit_scale, fingerprint)
         VALUES ('other-clip', 'other', 'local', 'fp32', 3, 100, repeat('a', 64)) RETURNING id)
       UPDATE searches SET model_id = model.id, embedding = '[1,0,0]' FROM model WHERE name = 'stranger'`,
    );
    const { data, errors } = await striped.app.graphql(
      '{ savedSearch(name: "stranger") { comparable query model { name } matches { nodes { id } } } }',
    );
    expect(data).toEqual({ savedSearch: null });
    expect(errors?.[0]?.extensions.code).toBe('OTHER_MODEL');
    expect(errors?.[0]?.message).toMatch(/another model/);
    expect(
      (await striped.app.graphql('{ savedSearch(name: "stranger") { comparable query model { name } } }'))
        .data,
    ).toEqual({ savedSearch: { comparable: false, query: { text: 'red' }, model: { name: 'other-clip' } } });
    const heard = listen(saved.id);
    await expect.poll(() => heard.errors).toMatchObject([{ extensions: { code: 'OTHER_MODEL' } }]);
  });
});
