import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { exportImages } from '../../src/db/export.js';
import { listEmbeddings, replaceProjection, sampleEmbeddings } from '../../src/db/projection.js';
import { sampleForReport } from '../../src/db/report.js';
import { findTextEmbeddings } from '../../src/db/text-embeddings.js';
import { parseVector } from '../../src/db/vector.js';
import { startTestHub, type TestHub } from '../support/hub.js';
import { createLabelSet, ready as classified } from '../support/label-sets.js';
import { makeNarrowModel } from '../support/other-models.js';
import { addStripes, ready, save } from '../support/saved-searches.js';
import { statementName } from '../support/statement-name.js';
import { recordWire, type SentStatement } from '../support/statements.js';
import { startStripedApp, stripes, type StripedApp } from '../support/striped-app.js';

const NARROW = 'somebody/narrow-clip';
/** Fewer numbers than any model here has; no statement takes so long a list of anything else. */
const MANY = 50;
const NUMBER = String.raw`\s*-?\d[\d.]*(?:e[+-]?\d+)?\s*`;
/** As PostgreSQL and JSON write vectors and arrays of numbers. */
const TEXTUAL = new RegExp(String.raw`[[{](?:${NUMBER},){${MANY},}${NUMBER}[\]}]`, 'i');
/** The query of a saved search is JSON and kept as it was given, whatever it has in it; its vector lies beside it. */
const GIVEN = /^\{"vector": ?\[[^\]]*\]\}$/;

/** Statements with a vector among their parameters that the walk below must have met, or it proves nothing. */
const SENDERS = [
  'background.compare',
  'imageStatus.ready',
  'labelRuns.begin',
  'modelWork.store',
  'savedSearches.insert',
  'savedSearches.move',
  'search.findByIndex',
  'search.findByWords',
  'search.findExactly',
  'textEmbeddings.store',
];
/** And those that answer with vectors. */
const READERS = [
  'export.images',
  'imageEmbeddings.find',
  'imageEmbeddings.findQueryImages',
  'imageSample.embeddings',
  'projection.list',
  'projection.sample',
  'report.sample',
  'savedSearches.byIds',
  'savedSearches.insert',
  'textEmbeddings.find',
  'textEmbeddings.store',
];

let hub: TestHub;
let folder: string;
let striped: StripedApp | undefined;

beforeAll(async () => {
  folder = await makeNarrowModel(await mkdtemp(path.join(tmpdir(), 'pictograph-narrow-')));
  hub = await startTestHub({ folder, model: NARROW });
});
afterAll(async () => {
  await striped?.app.close();
  await hub.close();
  await rm(folder, { recursive: true });
});

it('knows a vector in words when it sees one', () => {
  const numbers = Array.from({ length: 96 }, (_, index) => (index - 50) * 1.5e-7);
  const json = JSON.stringify(numbers);
  for (const value of [numbers, json, `{${numbers.join(',')}}`, { a: [numbers] }, `SELECT '${json}'::vector`])
    expect(isTextual(value)).toBe(true);
});

it('sends and reads every vector in binary', async () => {
  const { sent, answered } = await recordWire(async () => {
    striped = await startStripedApp(8, { HF_ENDPOINT: hub.url });
    await askEverything(striped);
    await readCollection(striped);
    await changeModel(striped);
  });

  const senders = new Set<string | undefined>();
  for (const statement of sent) {
    const name = statementName(statement.text);
    expect([statement.text, ...statement.values].filter(isTextual), name).toEqual([]);
    for (const value of vectorsOf(statement)) {
      senders.add(name);
      if (!Buffer.isBuffer(value)) throw new Error(`${name ?? ''} sends a vector that is no Buffer`);
      expect(Math.hypot(...parseVector(value)), name).toBeCloseTo(1, 4);
    }
  }
  expect(SENDERS.filter((name) => !senders.has(name))).toEqual([]);

  const readers = new Set<string | undefined>();
  for (const { text, fields } of answered) {
    readers.add(statementName(text));
    expect(fields.filter(isTextual), statementName(text) ?? text).toEqual([]);
  }
  expect(READERS.filter((name) => !readers.has(name))).toEqual([]);
});

async function askEverything(striped: StripedApp): Promise<void> {
  const { app, ids, ask } = striped;
  const [image = ''] = ids;
  const base64 = (await stripes(2)).toString('base64');
  const { image: first } = await ask(
    z.object({ image: z.object({ embedding: z.array(z.number()) }) }),
    'query ($id: ID!) { image(id: $id) { embedding similar(first: 3) { nodes { id } } classify(labels: ["red", "blue"]) { score } } }',
    { id: image },
  );
  const vector = { vector: first.embedding };
  const queries = [{ text: 'red stripes' }, { image: { id: image } }, { image: { base64 } }, vector];
  const combined = { combine: queries.map((query) => ({ query })) };
  for (const query of [...queries, combined, { prompts: { label: 'blue', templates: ['a {label}'] } }]) {
    for (const mode of ['INDEX', 'EXACT']) {
      await ask(
        z.object({ search: z.object({ nodes: z.array(z.unknown()).min(1) }) }),
        `query ($query: SearchQuery!, $mode: SearchMode!) {
           search(query: $query, mode: $mode) { nodes { id embedding } edges { standardScore } plan { estimatedRecall(sample: 2) } } }`,
        { query, mode },
      );
    }
  }
  await ask(
    z.unknown(),
    `{ hybrid: search(query: { text: "picture" }, hybrid: true) { nodes { id } } diverse: search(query: { text: "red" }, diversity: 0.5) { nodes { id } }
       duplicateGroups { edges { node { imageCount } } } clusters(k: 2) { clusters { imageCount } }
       classify(image: { id: "${image}" }, labels: ["red"], independent: true) { score } }`,
  );
  const { id: setId } = await createLabelSet(striped, {
    name: 'colours',
    labels: ['red', 'blue'].map((name) => ({ name })),
  });
  await classified(striped, setId);
  await save(striped, { name: 'by vector', query: vector });
  const { id } = await save(striped, { name: 'by text', query: { text: 'red' }, minSimilarity: -1 });
  await ask(
    z.unknown(),
    `{ images(first: 2, filter: { savedSearch: "${id}" }) { nodes { id } } savedSearch(id: "${id}") { matches { nodes { id } } } }`,
  );
  await ready(app, await addStripes(app, 20));
}

/** What the commands `export`, `project` and `report` read, and a process that starts when texts are known. */
async function readCollection({ app: { app } }: StripedApp): Promise<void> {
  const { database, model } = app;
  const modelId = model.id;
  await exportImages(database.pool, { modelId, filter: {}, afterId: 0 }, 10);
  const images = await listEmbeddings(database.pool, modelId, 0, 10);
  await sampleEmbeddings(database.pool, modelId, 10);
  await replaceProjection(
    database,
    modelId,
    images.map(({ id }) => ({ id, x: 0, y: 0 })),
  );
  await findTextEmbeddings(database.pool, modelId, ['red stripes']);
  await sampleForReport(database.pool, { modelId, filter: {}, labelSet: 'colours' }, 10);
}

async function changeModel({ ask }: StripedApp): Promise<void> {
  const { registerModel } = await ask(
    z.object({ registerModel: z.object({ result: z.object({ model: z.object({ id: z.string() }) }) }) }),
    `mutation { registerModel(input: { source: "${NARROW}" }) { result { ... on ModelRegistered { model { id } } } } }`,
  );
  await expect
    .poll(
      () =>
        ask(
          z.unknown(),
          `mutation { activateModel(id: "${registerModel.result.model.id}") { result { __typename } } }`,
        ),
      { timeout: 60_000 },
    )
    .toEqual({ activateModel: { result: { __typename: 'ModelActivated' } } });
}

/** Whether a value is a vector in words: as text, as an array, or anywhere within JSON. */
function isTextual(value: unknown): boolean {
  if (value instanceof Uint8Array || value === null || value === undefined) return false;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return TEXTUAL.test(text) && !GIVEN.test(text);
}

/** The parameters that a statement takes for vectors. One without any is a migration, which makes functions with their own. */
const vectorsOf = ({ text, values }: SentStatement) =>
  values.length === 0
    ? []
    : [...text.matchAll(/\$(\d+)::vector\b/g)].map(([, place]) => values[Number(place) - 1]);
