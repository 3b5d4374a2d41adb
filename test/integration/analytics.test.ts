import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openAnalyst, type Analyst } from '../support/analyst.js';
import { startTestApp, type TestApp } from '../support/app.js';

const TAGS: Readonly<Record<string, readonly string[]>> = {
  'automobile.jpg': ['vehicle'],
  'automobile-noto.webp': ['vehicle'],
  'fire-engine.jpg': ['vehicle'],
  'bicycle.jpg': ['vehicle'],
  'banana.webp': ['fruit'],
  'cherries.jpg': ['fruit'],
  'red-apple.jpg': ['fruit'],
  'lemon.jpg': ['fruit'],
  'violin.jpg': ['instrument'],
};

let app: TestApp;
let analyst: Analyst;

beforeAll(async () => {
  app = await startTestApp();
  analyst = await openAnalyst(app.app.database, app.database);
  const sample = (name: string) => readFile(new URL(`../../samples/pictures/${name}`, import.meta.url));
  const files = await Promise.all(
    Object.entries(TAGS).map(async ([filename, tags]) => ({ filename, tags, bytes: await sample(filename) })),
  );
  const half = await sharp(await sample('violin.jpg'))
    .resize(192)
    .jpeg()
    .toBuffer();
  for (const { filename, tags, bytes } of [
    ...files,
    { filename: 'violin-half.jpg', tags: ['instrument'], bytes: half },
  ]) {
    const { images } = app.app;
    await images.add({ kind: 'base64', base64: bytes.toString('base64') }, { filename, tags });
  }
  await vi.waitFor(
    async () => {
      const { rowCount } = await app.app.database.pool.query('SELECT FROM duplicate_searches');
      expect(rowCount).toBe(files.length + 1);
    },
    { timeout: 60_000, interval: 50 },
  );
});
afterAll(async () => {
  await analyst.close();
  await app.close();
});

const filenames = (rows: Record<string, string | null>[]) => rows.map((row) => row['filename']);
const searchAnswer = z.object({
  search: z.object({
    edges: z.array(
      z.object({ similarity: z.number(), node: z.object({ filename: z.string(), id: z.string() }) }),
    ),
  }),
});

async function search(text: string) {
  const { data } = await app.graphql(
    'query ($text: String!) { search(query: { text: $text }, first: 5) { edges { similarity node { filename id } } } }',
    { text },
  );
  return searchAnswer.parse(data).search.edges;
}

describe('the schema analytics', () => {
  it('tells what everything in it is', async () => {
    const { rows } = await app.app.database.pool.query<{ name: string }>(
      `SELECT format('%s %s', c.relname, a.attname) AS name
       FROM pg_class AS c LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE (c.relnamespace = 'analytics'::regnamespace OR c.oid IN ('projections'::regclass, 'text_requests'::regclass))
         AND c.relkind IN ('v', 'r', 'm')
         AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL)
       UNION ALL
       SELECT p.oid::regprocedure::text FROM pg_proc AS p
       WHERE p.pronamespace = 'analytics'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
       UNION ALL
       SELECT 'the schema' WHERE obj_description('analytics'::regnamespace, 'pg_namespace') IS NULL`,
    );
    expect(rows).toEqual([]);
  });

  it('finds for a text what a search finds', async () => {
    const found = await search('red car');
    const rows = await analyst.query("SELECT * FROM analytics.nearest('red car', 5)");
    expect(filenames(rows)).toEqual(found.map(({ node }) => node.filename));
    expect(rows.map((row) => Number(row['rank']))).toEqual([1, 2, 3, 4, 5]);
    for (const [index, { similarity }] of found.entries())
      expect(Number(rows[index]?.['similarity'])).toBeCloseTo(similarity, 5);

    const joined = await analyst.query(
      `SELECT filename, 1 - (embedding <=> analytics.text_vector('red car')) AS similarity, graphql_id
       FROM analytics.images ORDER BY 2 DESC, id LIMIT 5`,
    );
    expect(filenames(joined)).toEqual(filenames(rows));
    expect(joined.map((row) => row['graphql_id'])).toEqual(found.map(({ node }) => node.id));
  });

  it('knows a text in every spelling that is encoded alike', async () => {
    await search('ovoce  Å');
    const [row] = await analyst.query(
      `SELECT analytics.text_vector(E' ovoce\\u3000\\tA\\u030A\\n') = analytics.text_vector('ovoce Å') AS same`,
    );
    expect(row?.['same']).toBe('t');
  });

  it('says of a text that was never encoded what encodes it', async () => {
    const failure = await analyst
      .query("SELECT analytics.text_vector('a text with a $')")
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'PGT01',
      message: "The text 'a text with a $' was never encoded, so it has no vector.",
      hint: expect.stringMatching(
        /npx pictograph encode-text 'a text with a \$' .*CALL analytics\.encode_text\('a text with a \$'\);/,
      ) as unknown,
    });
  });

  it('finds for a vector what is near, and refuses vectors that cannot be compared', async () => {
    const rows = await analyst.query(
      `SELECT n.filename FROM analytics.images AS i, analytics.nearest(i.embedding, 2) AS n
       WHERE i.filename = 'automobile.jpg' ORDER BY n.rank`,
    );
    expect(filenames(rows)).toEqual(['automobile.jpg', 'automobile-noto.webp']);
    await expect(analyst.query("SELECT * FROM analytics.nearest('[1,0]'::vector, 2)")).rejects.toThrow(
      /has 2 dimensions, and those of model \d+ have \d+: vectors of different models cannot be compared/,
    );
    await expect(analyst.query("SELECT * FROM analytics.nearest('red car', 0)")).rejects.toThrow(
      'k is 0, and must be from 1 to 100,000',
    );
    await expect(analyst.query('SELECT * FROM analytics.outliers(5, 999)')).rejects.toThrow(
      'There is no model 999.',
    );
  });

  it('lists near duplicates', async () => {
    const rows = await analyst.query('SELECT * FROM analytics.duplicates(0.95)');
    expect(rows).toMatchObject([{ earlier_filename: 'violin.jpg', later_filename: 'violin-half.jpg' }]);
    expect(Number(rows[0]?.['similarity'])).toBeGreaterThan(0.99);
    expect(await analyst.query('SELECT * FROM analytics.duplicates(1.1)')).toEqual([]);
  });

  it('has the middle of each tag and each month', async () => {
    const tags = await analyst.query(
      "SELECT name, images, cohesion FROM analytics.centroids WHERE kind = 'tag' ORDER BY images DESC, name",
    );
    expect(tags.map(({ name, images }) => [name, images])).toEqual([
      ['fruit', '4'],
      ['vehicle', '4'],
      ['instrument', '2'],
    ]);
    // The mean similarity with the centroid, computed one by one.
    const [fruit] = await analyst.query(
      `SELECT c.cohesion, avg(1 - (i.embedding <=> c.centroid)) AS computed
       FROM analytics.centroids AS c JOIN analytics.images AS i ON 'fruit' = ANY (i.tags)
       WHERE c.kind = 'tag' AND c.name = 'fruit' GROUP BY c.cohesion`,
    );
    expect(Number(fruit?.['cohesion'])).toBeCloseTo(Number(fruit?.['computed']), 5);
    const near = await analyst.query(
      `SELECT n.tags FROM analytics.centroids AS c, analytics.nearest(c.centroid, 4) AS n WHERE c.kind = 'tag' AND c.name = 'fruit'`,
    );
    expect(near.every(({ tags: own }) => own === '{fruit}')).toBe(true);
    const months = await analyst.query("SELECT name, images FROM analytics.centroids WHERE kind = 'month'");
    expect(months).toEqual([{ name: new Date().toISOString().slice(0, 7), images: '10' }]);
  });

  it('finds what is most alone', async () => {
    const rows = await analyst.query('SELECT * FROM analytics.outliers(10)');
    expect(rows).toHaveLength(10);
    // A picture with its half-size version is the least alone.
    expect(filenames(rows.slice(-2)).sort()).toEqual(['violin-half.jpg', 'violin.jpg']);
    // Each one's most similar other image, computed by comparing all.
    const all = await analyst.query(
      `SELECT a.filename, max(1 - (a.embedding <=> b.embedding)) AS similarity
       FROM analytics.images AS a JOIN analytics.images AS b ON a.id <> b.id
       GROUP BY a.id, a.filename ORDER BY 2, a.id`,
    );
    expect(filenames(rows).slice(0, 8)).toEqual(filenames(all).slice(0, 8));
  });

  it('has what was searched', async () => {
    await search('red car');
    await expect
      .poll(async () =>
        analyst.query("SELECT DISTINCT text, model FROM analytics.search_history WHERE text = 'red car'"),
      )
      .toEqual([{ text: 'red car', model: 'pictogram-clip' }]);
    const [day] = await analyst.query('SELECT searches FROM analytics.search_days');
    expect(Number(day?.['searches'])).toBeGreaterThan(0);
  });

  it('has a running server encode a text', async () => {
    const call = app.app.database.pool.query("CALL analytics.encode_text('a  boat on a lake')");
    if (app.database.kind === 'embedded') {
      await expect(call).rejects.toThrow('The embedded database has one session');
      return;
    }
    await call;
    const [row] = await analyst.query(
      "SELECT vector_dims(analytics.text_vector('a boat on a lake')) AS dimensions",
    );
    expect(Number(row?.['dimensions'])).toBe(app.app.model.dimensions);
    // Whoever may only read can ask as well; what is there already needs nobody.
    await analyst.query("CALL analytics.encode_text('a lighthouse')");
    await analyst.query("CALL analytics.encode_text('a lighthouse')");
    expect(
      await analyst.query("SELECT text FROM analytics.text_vectors WHERE text = 'a lighthouse'"),
    ).toHaveLength(1);
    await expect(analyst.query("CALL analytics.encode_text(' ')")).rejects.toThrow(
      'A text has from 1 to 1,000',
    );
  });
});

it('can use the index of the model, and compares all images where an index would give too few', async () => {
  const { pool } = app.app.database;
  await search('red car');
  const client = await pool.connect();
  // Within a transaction nobody else's are counted in between.
  const scans = async () => {
    const { rows } = await client.query<{ scans: number }>(
      'SELECT pg_stat_get_xact_numscans($1::regclass)::integer AS scans',
      [`image_embeddings_hnsw_${app.app.model.id}`],
    );
    return Number(rows[0]?.scans);
  };
  const nearest = async (k: number) => {
    // Ten images are sorted faster than looked up; the planner takes the index for these when it must not sort.
    await client.query('BEGIN');
    await client.query('SET LOCAL enable_sort = off');
    const before = await scans();
    const { rows } = await client.query<{ filename: string }>(
      "SELECT filename FROM analytics.nearest('red car', $1::integer)",
      [k],
    );
    const { rows: settings } = await client.query("SELECT current_setting('hnsw.ef_search') AS ef");
    expect(settings, 'settings of the function end with it').toEqual([{ ef: '40' }]);
    const after = await scans();
    await client.query('COMMIT');
    return { filenames: rows.map(({ filename }) => filename), scans: after - before };
  };
  try {
    const byIndex = await nearest(10);
    expect(byIndex.scans).toBe(1);
    expect(await nearest(1_001)).toEqual({ ...byIndex, scans: 0 });
  } finally {
    client.release();
  }
});
