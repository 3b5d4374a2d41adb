import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openApp } from '../../src/app.js';
import { vectorIndexName } from '../../src/db/vector-index.js';
import { createLogger } from '../../src/log.js';
import { databaseKind } from '../support/database.js';
import { postGraphql, request, webSocketClient } from '../support/graphql-client.js';
import { startTestHub, type TestHub } from '../support/hub.js';
import { makeNarrowModel, NARROW_DIMENSIONS } from '../support/other-models.js';
import { startStripedApp, stripes, type StripedApp } from '../support/striped-app.js';

/** Two models of one repository: fp32 has fewer dimensions than the bundled one, q8 is its twin with coarser weights. */
const NARROW = 'somebody/narrow-clip';
const COUNT = 16;

let folder: string;
let hub: TestHub;
let striped: StripedApp;
/** Searches from the first test to the last: none may fail. */
let searching: { stop: () => Promise<{ searches: number; failures: unknown[] }> };

beforeAll(async () => {
  folder = await makeNarrowModel(await mkdtemp(path.join(tmpdir(), 'pictograph-narrow-')));
  hub = await startTestHub({ folder, model: NARROW });
  striped = await startStripedApp(COUNT, { HF_ENDPOINT: hub.url });
  searching = searchOnAndOn();
});
afterAll(async () => {
  await striped.app.close();
  await hub.close();
  await rm(folder, { recursive: true });
});

function searchOnAndOn() {
  const failures: unknown[] = [];
  const stopped = new AbortController();
  let searches = 0;
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      const text = `red stripes ${searches % 10}`;
      const { data, errors } = await striped.app.graphql<{ search: { nodes: unknown[] } } | null>(
        'query ($text: String!) { search(query: { text: $text }, first: 5, log: false) { nodes { id } } }',
        { text },
      );
      if (errors !== undefined || data?.search.nodes.length !== 5) failures.push({ data, errors });
      searches += 1;
      // Not without a pause: the processors are for what is tested.
      await delay(100);
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await loop;
      return { searches, failures };
    },
  };
}

const MODEL = `id name dtype dimensions active state imageCount progress { total embedded failed complete secondsLeft }`;
const model = z.object({
  id: z.string(),
  name: z.string(),
  dtype: z.string(),
  dimensions: z.number(),
  active: z.boolean(),
  state: z.string(),
  imageCount: z.number(),
  progress: z
    .object({
      total: z.number(),
      embedded: z.number(),
      failed: z.number(),
      complete: z.boolean(),
      secondsLeft: z.number().nullable(),
    })
    .nullable(),
});
type Model = z.infer<typeof model>;

async function models(): Promise<Model[]> {
  return (await striped.ask(z.object({ models: z.array(model) }), `{ models { ${MODEL} } }`)).models;
}

async function stateOf(id: string): Promise<string | undefined> {
  return (await models()).find((each) => each.id === id)?.state;
}

/** Until every READY image has an embedding of a model. */
async function complete(id: string): Promise<void> {
  await expect.poll(() => stateOf(id), { timeout: 60_000, interval: 100 }).toBe('COMPLETE');
}

const result = z.looseObject({ __typename: z.string(), model: model.optional() });

/** Sends a mutation, and gives its result. */
async function change(mutation: string, fields: string): Promise<z.infer<typeof result>> {
  const { changed } = await striped.ask(
    z.object({ changed: z.object({ result }) }),
    `mutation { changed: ${mutation} { result { __typename ${fields} } } }`,
  );
  return changed.result;
}

const register = (input: string) =>
  change(
    `registerModel(input: { ${input} })`,
    `... on ModelRegistered { model { ${MODEL} } } ... on ModelRefused { code message } ... on InvalidInput { field message }`,
  );
const activate = (id: string, more = '') =>
  change(
    `activateModel(id: "${id}"${more})`,
    `... on ModelActivated { model { ${MODEL} } previous { ${MODEL} } notice } ... on ModelNotFound { id }
     ... on ModelIncomplete { model { ${MODEL} } missingCount failedCount message }`,
  );
const pause = (id: string) =>
  change(
    `pauseModel(id: "${id}")`,
    `... on ModelPaused { model { ${MODEL} } } ... on ModelIsActive { message }`,
  );
const retire = (id: string) =>
  change(
    `retireModel(id: "${id}")`,
    `... on ModelRetired { model { ${MODEL} } } ... on ModelIsActive { message } ... on ModelNotFound { id }`,
  );

/** The id of what `register` registered. */
async function registered(input: string): Promise<string> {
  const { model: added, ...others } = await register(input);
  if (added === undefined) throw new Error(JSON.stringify(others));
  return added.id;
}

async function addStripes(seed: number): Promise<string> {
  const base64 = (await stripes(seed)).toString('base64');
  const { data } = await striped.app.graphql<{ addImages: { results: { image: { id: string } }[] } }>(
    `mutation ($base64: String!) { addImages(input: { images: [{ source: { base64: $base64 } }] }) {
      results { ... on ImageAccepted { image { id } } ... on ImageDuplicate { image { id } } } } }`,
    { base64 },
  );
  const id = data.addImages.results[0]?.image.id ?? '';
  await expect
    .poll(
      async () =>
        (await striped.app.graphql<{ image: { status: string } }>(`{ image(id: "${id}") { status } }`)).data
          .image.status,
      { timeout: 60_000 },
    )
    .toBe('READY');
  return id;
}

const pool = () => striped.app.app.database.pool;
const rowOf = (id: string) => Number(Buffer.from(id, 'base64url').toString().split(':')[1]);

async function hasIndex(id: string): Promise<boolean> {
  const { rows } = await pool().query<{ valid: boolean }>(
    'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)',
    [vectorIndexName(rowOf(id))],
  );
  return rows[0]?.valid === true;
}

async function embeddingsOf(id: string, table = 'image_embeddings'): Promise<number> {
  const { rows } = await pool().query<{ count: string }>(
    `SELECT count(*) FROM ${table} WHERE model_id = $1`,
    [rowOf(id)],
  );
  return Number(rows[0]?.count);
}

let bundled: string;
let narrow: string;
let twin: string;

describe('a model that is registered', () => {
  it.each([
    ['a type of weights that nobody knows', `source: "${NARROW}", dtype: "fp31"`, { field: 'input.dtype' }],
    ['a logit scale of 0', `source: "${NARROW}", logitScale: 0`, { field: 'input.logitScale' }],
    ['a model that the hub does not have', 'source: "somebody/else"', { code: 'NOT_FOUND' }],
    ['weights that it does not have', `source: "${NARROW}", dtype: "q4"`, { code: 'NOT_FOUND' }],
    ['a folder of the server', 'source: "/etc"', { code: 'UNUSABLE' }],
    ['a folder beside the server', 'source: "models/pictogram-clip"', { code: 'NOT_FOUND' }],
  ])('is refused for %s', async (_what, input, expected) => {
    expect(await register(input)).toMatchObject(expected);
    expect(await models()).toHaveLength(1);
  });

  it('is refused when the hub fails, and when the download is damaged; the next try succeeds', async () => {
    hub.fail('preprocessor_config.json', { status: 503 });
    expect(await register(`source: "${NARROW}"`)).toMatchObject({
      __typename: 'ModelRefused',
      code: 'HUB_UNREACHABLE',
    });
    hub.fail('preprocessor_config.json', { status: 200 }, 0);
    hub.fail('onnx/vision_model.onnx', { body: 'x'.repeat(1000) });
    const damaged = await register(`source: "${NARROW}"`);
    expect(damaged).toMatchObject({ code: 'DOWNLOAD_INCOMPLETE' });
    expect(JSON.stringify(damaged)).not.toContain(striped.app.app.config.dataFolder);
    hub.fail('onnx/vision_model.onnx', { status: 200 }, 0);

    const [first, second] = await Promise.all([
      register(`source: "${NARROW}"`),
      register(`source: "${NARROW}"`),
    ]);
    expect(first.model).toMatchObject({ name: NARROW, dimensions: NARROW_DIMENSIONS, active: false });
    expect(second.model?.id).toBe(first.model?.id);
    narrow = first.model?.id ?? '';
    bundled = (await models()).find(({ active }) => active)?.id ?? '';
  });

  it('is embedded in the background with progress, and with an index of its own', async () => {
    const events: unknown[] = [];
    const client = webSocketClient(striped.app.url);
    client.subscribe(
      { query: `subscription { modelProgress(id: "${narrow}") { embedded total } }` },
      {
        next: ({ data }) => events.push(data),
        error: (error) => events.push(error),
        complete: () => undefined,
      },
    );
    await complete(narrow);
    await expect.poll(() => events.at(-1)).toEqual({ modelProgress: { embedded: COUNT, total: COUNT } });
    await client.dispose();
    expect((await models()).find(({ id }) => id === narrow)).toMatchObject({
      imageCount: COUNT,
      progress: { total: COUNT, embedded: COUNT, failed: 0, complete: true, secondsLeft: 0 },
    });
    expect([await hasIndex(bundled), await hasIndex(narrow)]).toEqual([true, true]);
  });

  it('answers side by side with the active one', async () => {
    const matches = z.object({
      edges: z.array(
        z.object({ cursor: z.string(), similarity: z.number(), node: z.object({ id: z.string() }) }),
      ),
    });
    const found = await striped.ask(
      z.object({ old: matches, new: matches }),
      `{ old: search(query: { image: { id: "${striped.ids[3]}" } }, first: 3) { ...m }
         new: search(query: { image: { id: "${striped.ids[3]}" } }, first: 3, model: "${narrow}") { ...m } }
       fragment m on ImageMatchConnection { edges { cursor similarity node { id } } }`,
    );
    expect(found.new.edges[0]).toMatchObject({
      node: { id: striped.ids[3] },
      similarity: expect.closeTo(1, 4) as number,
    });
    expect(found.new.edges[2]?.similarity).not.toBeCloseTo(found.old.edges[2]?.similarity ?? 0, 6);
    const similar = await striped.ask(
      z.object({ image: z.object({ similar: matches }) }),
      `{ image(id: "${striped.ids[3]}") { similar(first: 2, model: "${narrow}") { edges { cursor similarity node { id } } } } }`,
    );
    expect(similar.image.similar.edges.map(({ node }) => node.id)).toEqual(
      found.new.edges.slice(1).map(({ node }) => node.id),
    );
    expect(
      await striped.codeOf(
        `{ search(query: { image: { id: "${striped.ids[3]}" } }, first: 3, model: "${narrow}", after: "${found.old.edges[0]?.cursor}") { nodes { id } } }`,
      ),
    ).toBe('INVALID_CURSOR');
    expect(await striped.codeOf('{ search(query: { text: "x" }, model: "no-id") { nodes { id } } }')).toBe(
      'BAD_USER_INPUT',
    );
  });

  it('has a twin with coarser weights, which is another model and finds nearly the same', async () => {
    twin = await registered(`source: "${NARROW}", dtype: "q8"`);
    expect(twin).not.toBe(narrow);
    await complete(twin);
    const overlap = z.object({
      modelOverlap: z.object({
        mean: z.number(),
        k: z.number(),
        queries: z.array(
          z.object({
            text: z.string().nullable(),
            image: z.object({ id: z.string() }).nullable(),
            overlap: z.number(),
            both: z.array(z.unknown()),
            onlyA: z.array(z.unknown()),
            onlyB: z.array(z.unknown()),
          }),
        ),
      }),
    });
    const fields = 'mean k queries { text image { id } overlap both { id } onlyA { id } onlyB { id } }';
    const { modelOverlap: byTexts } = await striped.ask(
      overlap,
      `{ modelOverlap(a: "${narrow}", b: "${twin}", queries: ["red stripes", "a blue car"], k: 5) { ${fields} } }`,
    );
    expect(byTexts.queries.map(({ text }) => text)).toEqual(['red stripes', 'a blue car']);
    for (const { overlap: share, both, onlyA, onlyB } of byTexts.queries) {
      expect([both.length + onlyA.length, both.length + onlyB.length]).toEqual([5, 5]);
      expect(share).toBeCloseTo(both.length / 5);
    }
    const { modelOverlap: bySample } = await striped.ask(
      overlap,
      `{ modelOverlap(a: "${narrow}", b: "${twin}", sample: 8, k: 5) { ${fields} } }`,
    );
    expect(bySample.queries).toHaveLength(8);
    expect(new Set(bySample.queries.map(({ image }) => image?.id)).size).toBe(8);
    // Measured: 0.9 and more; chance would give a third.
    expect(bySample.mean).toBeGreaterThan(0.6);
    const { modelOverlap: same } = await striped.ask(
      overlap,
      `{ modelOverlap(a: "${narrow}", b: "${narrow}", sample: 4) { ${fields} } }`,
    );
    expect(same.mean).toBe(1);
    expect(await striped.codeOf(`{ modelOverlap(a: "${narrow}", b: "${twin}", sample: 26) { mean } }`)).toBe(
      'BAD_USER_INPUT',
    );
  });
});

describe('activating a model', () => {
  it('is refused as long as a READY image lacks its embedding, and possible once it has it', async () => {
    expect(await activate('TW9kZWw6OTk5')).toMatchObject({ __typename: 'ModelNotFound' });
    await pause(narrow);
    const added = await addStripes(100);
    expect(await stateOf(narrow)).toBe('PAUSED');
    expect(await activate(narrow)).toMatchObject({
      __typename: 'ModelIncomplete',
      missingCount: 1,
      failedCount: 0,
    });
    // The twin is kept up to date.
    await complete(twin);
    const found = await striped.ask(
      z.object({ image: z.object({ similar: z.object({ nodes: z.array(z.unknown()) }) }) }),
      `{ image(id: "${added}") { similar(first: 3, model: "${twin}") { nodes { id } } } }`,
    );
    expect(found.image.similar.nodes).toHaveLength(3);
    expect(await registered(`source: "${NARROW}"`)).toBe(narrow);
    await complete(narrow);
    expect((await models()).map(({ active }) => active)).toEqual([true, false, false]);
  });

  it('is refused for an image that cannot be embedded, or makes it FAILED when told so', async () => {
    await pause(twin);
    const lost = await addStripes(101);
    const { rows } = await pool().query<{ sha256: string }>(
      `SELECT encode(sha256, 'hex') AS sha256 FROM images WHERE id = $1`,
      [rowOf(lost)],
    );
    const sha256 = rows[0]?.sha256 ?? '';
    await rm(
      path.join(
        striped.app.app.config.dataFolder,
        'originals',
        sha256.slice(0, 2),
        sha256.slice(2, 4),
        sha256,
      ),
    );
    await registered(`source: "${NARROW}", dtype: "q8"`);
    await expect
      .poll(async () => (await models()).find(({ id }) => id === twin)?.progress, { timeout: 60_000 })
      .toMatchObject({ failed: 1, embedded: COUNT + 1, total: COUNT + 2, secondsLeft: 0 });
    expect(await stateOf(twin)).toBe('EMBEDDING');
    const refused = await activate(twin);
    expect(refused).toMatchObject({ __typename: 'ModelIncomplete', missingCount: 1, failedCount: 1 });
    expect(refused['message']).toMatch(/failImages/);

    expect(await activate(twin, ', failImages: true')).toMatchObject({
      __typename: 'ModelActivated',
      model: { id: twin, state: 'ACTIVE' },
      previous: { id: bundled, state: 'PAUSED' },
    });
    const { image } = await striped.ask(
      z.object({ image: z.unknown() }),
      `{ image(id: "${lost}") { status failure { code } } }`,
    );
    expect(image).toEqual({ status: 'FAILED', failure: { code: 'ORIGINAL_MISSING' } });
    await striped.app.graphql(`mutation { deleteImages(ids: ["${lost}"]) { deletedIds } }`);
  });

  it('takes saved searches along whose query can be encoded anew, and ends what is watched', async () => {
    const save = async (name: string, query: string) =>
      striped.app.graphql(
        `mutation { saveSearch(input: { name: "${name}", query: ${query}, minSimilarity: -1 }) { result { __typename } } }`,
      );
    await save('text', '{ text: "red stripes" }');
    await save(
      'like',
      `{ combine: [{ query: { image: { id: "${striped.ids[1]}" } } }, { query: { text: "blue" }, weight: -0.2 }] }`,
    );
    await save('vector', `{ vector: ${JSON.stringify(Array(NARROW_DIMENSIONS).fill(1))} }`);
    const saved = z.object({ savedSearch: z.object({ id: z.string(), comparable: z.boolean() }) });
    const { savedSearch: text } = await striped.ask(saved, '{ savedSearch(name: "text") { id comparable } }');
    const client = webSocketClient(striped.app.url);
    const heard: unknown[] = [];
    client.subscribe(
      { query: `subscription { savedSearchMatched(id: "${text.id}") { node { id } } }` },
      { next: (event) => heard.push(event), error: (error) => heard.push(error), complete: () => undefined },
    );
    // Watched at last: an image is heard of.
    let seed = 300;
    await expect
      .poll(
        async () => {
          await addStripes(seed++);
          return heard.length;
        },
        { timeout: 60_000 },
      )
      .toBeGreaterThan(0);

    const switched = await activate(narrow);
    expect(switched).toMatchObject({ model: { active: true }, previous: { id: twin } });
    // CLIP_MODEL is set here, and names another model.
    expect(switched['notice']).toMatch(/CLIP_MODEL=pictogram-clip.*unset/s);

    await expect.poll(() => JSON.stringify(heard.at(-1))).toContain('OTHER_MODEL');
    await client.dispose();
    for (const [name, comparable] of [
      ['text', true],
      ['like', true],
      ['vector', false],
    ] as const) {
      const { savedSearch } = await striped.ask(saved, `{ savedSearch(name: "${name}") { id comparable } }`);
      expect([name, savedSearch.comparable]).toEqual([name, comparable]);
    }
    const ranked = await striped.ask(
      z.object({
        savedSearch: z.object({ matches: z.object({ nodes: z.array(z.unknown()) }) }),
        search: z.object({ nodes: z.array(z.unknown()) }),
      }),
      `{ savedSearch(name: "text") { matches(first: 5) { nodes { id } } }
         search(query: { text: "red stripes" }, first: 5) { nodes { id } } }`,
    );
    expect(ranked.savedSearch.matches.nodes).toEqual(ranked.search.nodes);
  });

  it('changes what everything works with', async () => {
    const added = await addStripes(102);
    const { image, stats } = await striped.ask(
      z.object({
        image: z.object({ embedding: z.array(z.number()) }),
        stats: z.object({ activeModel: z.object({ id: z.string() }) }),
      }),
      `{ image(id: "${added}") { embedding } stats { activeModel { id } } }`,
    );
    expect(image.embedding).toHaveLength(NARROW_DIMENSIONS);
    expect(stats.activeModel.id).toBe(narrow);
    // The near duplicates of the whole collection are looked for under the new model.
    const ready = await striped.ask(
      z.object({ stats: z.object({ readyCount: z.number() }) }),
      '{ stats { readyCount } }',
    );
    await expect
      .poll(() => embeddingsOf(narrow, 'duplicate_searches'), { timeout: 60_000 })
      .toBe(ready.stats.readyCount);
  });

  it.runIf(databaseKind === 'server')('is heard of by every process', async () => {
    const { config } = striped.app.app;
    const unset = { ...config.model, source: undefined };
    const other = await openApp({ ...config, port: 0, model: unset }, createLogger('silent'));
    try {
      const { url } = await other.listen();
      const dimensions = async () => {
        const { image } = await request<{ image: { embedding: number[] } }>(
          url,
          `{ image(id: "${striped.ids[0]}") { embedding } }`,
        );
        return image.embedding.length;
      };
      expect(await dimensions()).toBe(NARROW_DIMENSIONS);
      await registered('source: "pictogram-clip"');
      await complete(bundled);
      await activate(bundled);
      await expect.poll(dimensions, { timeout: 30_000 }).toBe(256);
      expect(
        (await postGraphql(url, '{ search(query: { text: "red" }) { nodes { id } } }')).body.errors,
      ).toBe(undefined);
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
      await registered(`source: "${NARROW}"`);
      await complete(narrow);
      await activate(narrow);
      await expect.poll(dimensions, { timeout: 30_000 }).toBe(NARROW_DIMENSIONS);
    } finally {
      await other.close();
    }
  });
});

describe('retiring a model', () => {
  it('deletes what it embedded, and its index, and touches no other', async () => {
    expect(await retire(narrow)).toMatchObject({ __typename: 'ModelIsActive' });
    const before = await embeddingsOf(narrow);
    expect(await retire(bundled)).toMatchObject({
      __typename: 'ModelRetired',
      model: { state: 'RETIRED', progress: null },
    });
    await expect
      .poll(async () => [await embeddingsOf(bundled), await hasIndex(bundled)], { timeout: 30_000 })
      .toEqual([0, false]);
    expect(await embeddingsOf(bundled, 'text_embeddings')).toBe(0);
    expect([await embeddingsOf(narrow), await hasIndex(narrow)]).toEqual([before, true]);
    expect(
      await striped.codeOf(`{ search(query: { text: "red" }, model: "${bundled}") { nodes { id } } }`),
    ).toBe('NOT_FOUND');
    expect(await activate(bundled)).toMatchObject({ __typename: 'ModelIncomplete' });
  });

  it('can be undone by registering it again', async () => {
    expect(await registered('source: "pictogram-clip"')).toBe(bundled);
    await complete(bundled);
    expect(await hasIndex(bundled)).toBe(true);
  });
});

it('never kept a search from being answered', async () => {
  const { searches, failures } = await searching.stop();
  expect(failures).toEqual([]);
  expect(searches).toBeGreaterThan(20);
});
