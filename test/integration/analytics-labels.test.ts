import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Database } from '../../src/db/database.js';
import { projectEmbeddings } from '../../src/search/projection.js';
import { openAnalyst, type Analyst } from '../support/analyst.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { gaussian, insertEmbeddedImages, seededRandom, unit } from '../support/vectors.js';

/** Labels and the projection as analysts see them, over vectors that are known. */

const PER_GROUP = 20;
const GROUPS = 3;

let testDatabase: TestDatabase;
let database: Database;
let analyst: Analyst;
let ids: number[];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await testDatabase.open();
  const random = seededRandom(7);
  const vectors = Array.from({ length: GROUPS * PER_GROUP }, (_, index) =>
    unit(
      Array.from({ length: 8 }, (_value, axis) => (axis === index % GROUPS ? 1 : 0) + 0.1 * gaussian(random)),
    ),
  );
  const { pool } = database;
  await pool.query(
    `INSERT INTO models (name, source, revision, dtype, dimensions, logit_scale, fingerprint, active, state)
     VALUES ('model', 'model', 'main', 'fp32', 8, 100, repeat('a', 64), true, 'EMBEDDING')`,
  );
  ids = await insertEmbeddedImages(pool, 1, vectors);
  // Two versions, of which readers see the first: cat, dog and nobody's fox. Images of two weeks.
  await pool.query(
    `UPDATE images SET taken_at = CASE WHEN id <= $1 THEN '2025-03-04T12:00:00Z' ELSE '2025-03-12T12:00:00Z' END::timestamptz`,
    [ids[29]],
  );
  await pool.query(
    `INSERT INTO label_sets (name, version) VALUES ('animals', 2);
     INSERT INTO label_set_versions (label_set_id, version, templates, independent) VALUES (1, 1, '{"{label}"}', false), (1, 2, '{"{label}"}', false);
     INSERT INTO labels (label_set_id, name) VALUES (1, 'cat'), (1, 'dog'), (1, 'fox');
     INSERT INTO label_versions (label_set_id, version, label_id, position, name, prompts)
     VALUES (1, 1, 1, 1, 'cat', '{cat}'), (1, 1, 2, 2, 'dog', '{dog}'), (1, 1, 3, 3, 'fox', '{fox}'), (1, 2, 1, 1, 'tomcat', '{tomcat}');
     INSERT INTO label_set_runs (label_set_id, version, model_id, state, completed_at) VALUES (1, 1, 1, 'WHOLE', now());
     INSERT INTO label_set_runs (label_set_id, version, model_id, state) VALUES (1, 2, 1, 'CLASSIFYING');
     UPDATE label_sets SET ready_run_id = 1;
     INSERT INTO label_embeddings (run_id, position, label_id, threshold, embedding)
     VALUES (1, 1, 1, 0, '[1,0,0,0,0,0,0,0]'), (1, 2, 2, 0, '[0,1,0,0,0,0,0,0]'), (1, 3, 3, 0, '[0.6,0.8,0,0,0,0,0,0]'), (1, -1, NULL, 0, '[0,0,1,0,0,0,0,0]');
     INSERT INTO classifications (run_id, label_id, image_id, score, similarity, rank, assigned)
     SELECT 1, CASE WHEN id % 3 = 1 THEN 1 ELSE 2 END, id, 0.75, 0.5, 1, true FROM images;
     INSERT INTO classifications (run_id, label_id, image_id, score, similarity, rank, assigned) SELECT 1, 3, id, 0.25, 0.4, 2, false FROM images;
     INSERT INTO classifications (run_id, label_id, image_id, score, similarity, rank, assigned) SELECT 2, 1, id, 1, 1, 1, true FROM images`,
  );
  analyst = await openAnalyst(database, testDatabase);
});
afterAll(async () => {
  await analyst.close();
  await testDatabase.drop();
});

it('shows labels as of the version that is whole', async () => {
  expect(
    await analyst.query('SELECT name, version, newest_version, of_active_model FROM analytics.label_sets'),
  ).toEqual([{ name: 'animals', version: '1', newest_version: '2', of_active_model: 't' }]);
  expect(
    await analyst.query(
      `SELECT label, count(*) AS images, min(score) AS score FROM analytics.label_scores WHERE label_set = 'animals' GROUP BY label ORDER BY label`,
    ),
  ).toEqual([
    { label: 'cat', images: '20', score: '0.75' },
    { label: 'dog', images: '40', score: '0.75' },
    { label: 'fox', images: '60', score: '0.25' },
  ]);
  const distribution = await analyst.query(
    'SELECT label, images, round(share::numeric, 3) AS share, mean_score FROM analytics.label_distribution ORDER BY label',
  );
  expect(distribution).toEqual([
    { label: 'cat', images: '20', share: '0.333', mean_score: '0.75' },
    { label: 'dog', images: '40', share: '0.667', mean_score: '0.75' },
    { label: 'fox', images: '0', share: '0.000', mean_score: null },
  ]);
});

it('shows how labels change from week to week', async () => {
  const rows = await analyst.query(
    `SELECT week, label, images, round(share::numeric, 3) AS share, round(change::numeric, 3) AS change
     FROM analytics.label_drift WHERE label <> 'fox' ORDER BY week, label`,
  );
  expect(rows).toEqual([
    { week: '2025-03-03', label: 'cat', images: '10', share: '0.333', change: null },
    { week: '2025-03-03', label: 'dog', images: '20', share: '0.667', change: null },
    { week: '2025-03-10', label: 'cat', images: '10', share: '0.333', change: '0.000' },
    { week: '2025-03-10', label: 'dog', images: '20', share: '0.667', change: '0.000' },
  ]);
});

it('has the middle of each label, and how alike labels are', async () => {
  const centroids = await analyst.query(
    `SELECT name, images, round((1 - (centroid <=> '[1,0,0,0,0,0,0,0]'))::numeric, 1) AS cat FROM analytics.centroids WHERE kind = 'label' ORDER BY name`,
  );
  expect(centroids).toMatchObject([
    { name: 'animals: cat', images: '20', cat: '1.0' },
    { name: 'animals: dog', images: '40' },
  ]);
  const matrix = await analyst.query(
    "SELECT label, other, round(similarity::numeric, 2) AS similarity FROM analytics.similarity_matrix('animals') WHERE label <> other",
  );
  expect(matrix).toEqual([
    { label: 'cat', other: 'dog', similarity: '0.00' },
    { label: 'cat', other: 'fox', similarity: '0.60' },
    { label: 'dog', other: 'cat', similarity: '0.00' },
    { label: 'dog', other: 'fox', similarity: '0.80' },
    { label: 'fox', other: 'cat', similarity: '0.60' },
    { label: 'fox', other: 'dog', similarity: '0.80' },
  ]);
});

const place = z.object({ image_id: z.coerce.number(), x: z.coerce.number(), y: z.coerce.number() });
const places = async () =>
  (await analyst.query('SELECT image_id, x, y FROM analytics.projection ORDER BY image_id')).map((row) =>
    place.parse(row),
  );

it('lays images out so that similar ones are close, the same way each time', async () => {
  expect(await places()).toEqual([]);
  expect(await projectEmbeddings(database, { id: 1 })).toBe(ids.length);
  const first = await places();
  expect(first.map(({ image_id }) => image_id)).toEqual(ids);
  const group = (index: number) => first.filter((_, at) => at % GROUPS === index);
  const distance = (a: (typeof first)[number], b: (typeof first)[number]) => Math.hypot(a.x - b.x, a.y - b.y);
  // Whatever is nearest in the plane is of the same group.
  for (let index = 0; index < GROUPS; index++) {
    for (const one of group(index)) {
      const nearest = first
        .filter((other) => other !== one)
        .sort((a, b) => distance(one, a) - distance(one, b))[0];
      expect(group(index)).toContain(nearest);
    }
  }
  await projectEmbeddings(database, { id: 1 });
  expect(await places()).toEqual(first);
});

it('places what is beyond the sample among what it resembles', async () => {
  await projectEmbeddings(database, { id: 1 }, { sample: 30 });
  const all = await places();
  expect(all).toHaveLength(ids.length);
  const centre = (index: number) => {
    const group = all.filter((_, at) => at % GROUPS === index);
    return {
      x: group.reduce((sum, { x }) => sum + x, 0) / group.length,
      y: group.reduce((sum, { y }) => sum + y, 0) / group.length,
    };
  };
  const centres = Array.from({ length: GROUPS }, (_, index) => centre(index));
  for (const [index, { x, y }] of all.entries()) {
    const distances = centres.map((each) => Math.hypot(each.x - x, each.y - y));
    expect(distances.indexOf(Math.min(...distances))).toBe(index % GROUPS);
  }
});
