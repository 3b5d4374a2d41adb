import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { webSocketClient } from '../support/graphql-client.js';
import {
  CREATE,
  createLabelSet,
  labelSet,
  LABEL_SET,
  ready,
  UPDATE,
  updateLabelSet,
} from '../support/label-sets.js';
import { startSampleApp, type SampleApp } from '../support/sample-app.js';
import { statementsOf } from '../support/statements.js';

const FILES = {
  banana: 'banana.webp',
  bicycle: 'bicycle.jpg',
  castle: 'castle.webp',
  cow: 'cow.png',
  dog: 'dog.webp',
  tiger: 'tiger.webp',
};
const NAMES = ['banana', 'bicycle', 'castle', 'cow'] as const;
const TEMPLATES = ['{label}', 'a picture of {label}'];

let samples: SampleApp;
let things: z.infer<typeof labelSet>;
beforeAll(async () => {
  samples = await startSampleApp(Object.values(FILES).slice(0, 4));
  things = await createLabelSet(samples, {
    name: ' Things ',
    labels: NAMES.map((name) => ({ name })),
    templates: TEMPLATES,
  });
  await ready(samples, things.id);
});
afterAll(() => samples.app.close());

const classification = z.object({
  score: z.number(),
  similarity: z.number(),
  rank: z.number(),
  assigned: z.boolean(),
  version: z.number(),
  label: z.object({ name: z.string() }),
});
const CLASSIFICATION = 'score similarity rank assigned version label { name }';

/** What a set says of an image. */
async function classifications(imageId: string, set: string) {
  const { image } = await samples.ask(
    z.object({ image: z.object({ classifications: z.array(classification) }) }),
    `query ($id: ID!, $set: String) { image(id: $id) { classifications(labelSet: $set) { ${CLASSIFICATION} } } }`,
    { id: imageId, set },
  );
  return image.classifications;
}

async function filtered(filter: Record<string, unknown>): Promise<string[]> {
  const { images } = await samples.ask(
    z.object({ images: z.object({ nodes: z.array(z.object({ filename: z.string() })) }) }),
    'query ($filter: ImageFilter) { images(filter: $filter, first: 100) { nodes { filename } } }',
    { filter },
  );
  return images.nodes.map(({ filename }) => filename).sort();
}

describe('a label set', () => {
  it('is found by id, by name and in the list, as it was defined', async () => {
    expect(things).toMatchObject({
      name: 'Things',
      version: 1,
      readyVersion: null,
      templates: TEMPLATES,
      independent: false,
      background: [],
      threshold: null,
      labels: NAMES.map((name) => ({ name, prompts: [name], threshold: null })),
    });
    const found = await samples.ask(
      z.object({
        byName: labelSet,
        byId: labelSet,
        node: labelSet,
        label: z.object({ name: z.string(), labelSet: z.object({ name: z.string() }) }),
        labelSets: z.object({ nodes: z.array(labelSet), totalCount: z.number() }),
      }),
      `query ($id: ID!, $label: ID!) {
         byName: labelSet(name: "Things") { ${LABEL_SET} }
         byId: labelSet(id: $id) { ${LABEL_SET} }
         node(id: $id) { ... on LabelSet { ${LABEL_SET} } }
         label: node(id: $label) { ... on Label { name labelSet { name } } }
         labelSets(first: 1) { nodes { ${LABEL_SET} } totalCount }
       }`,
      { id: things.id, label: things.labels[1]?.id },
    );
    const now = { ...things, readyVersion: 1 };
    expect(found).toMatchObject({
      byName: now,
      byId: now,
      node: now,
      label: { name: 'bicycle', labelSet: { name: 'Things' } },
      labelSets: { nodes: [now] },
    });
    expect(await samples.codeOf('{ labelSet { id } }')).toBe('BAD_USER_INPUT');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no labels', { labels: [] }, 'input.labels'],
    ['a label twice', { labels: [{ name: 'a' }, { name: ' a' }] }, 'input.labels[1]'],
    ['the same prompts twice', { labels: [{ name: 'a' }, { name: 'b', prompts: ['a'] }] }, 'input.labels[1]'],
    ['a label without a name', { labels: [{ name: ' ' }] }, 'input.labels[0].name'],
    ['no prompts', { labels: [{ name: 'a', prompts: [] }] }, 'input.labels[0].prompts'],
    ['a threshold above 1', { labels: [{ name: 'a', threshold: 1.5 }] }, 'input.labels[0].threshold'],
    ['a template without a place', { templates: ['a photo'] }, 'input.templates'],
    ['templates and a preset', { templates: TEMPLATES, preset: 'PRODUCTS' }, 'input.preset'],
    ['a background of independent labels', { independent: true, background: ['x'] }, 'input.background'],
    ['an id of another kind', { labels: [{ name: 'a', id: 'TGFiZWxTZXQ6MQ' }] }, 'input.labels[0].id'],
    ['no name', { name: ' ' }, 'input.name'],
  ])('is refused with %s', async (_what, input, field) => {
    const { createLabelSet: refused } = await samples.ask(
      z.object({ createLabelSet: z.object({ result: z.unknown() }) }),
      CREATE,
      { input: { name: 'refused', labels: [{ name: 'a' }], ...input } },
    );
    expect(refused.result).toMatchObject({ __typename: 'InvalidInput', field });
  });

  it('keeps its name to itself', async () => {
    const { createLabelSet: refused } = await samples.ask(
      z.object({ createLabelSet: z.object({ result: z.unknown() }) }),
      CREATE,
      { input: { name: 'Things', labels: [{ name: 'a' }] } },
    );
    expect(refused.result).toMatchObject({ __typename: 'LabelSetNameTaken', labelSet: { id: things.id } });
    const { updateLabelSet: unknown } = await samples.ask(
      z.object({ updateLabelSet: z.object({ result: z.unknown() }) }),
      UPDATE,
      { input: { id: things.labels[0]?.id, name: 'x' } },
    );
    expect(unknown.result).toMatchObject({ __typename: 'LabelSetNotFound' });
  });

  it('takes its templates from a preset that can be read', async () => {
    const { templatePresets } = await samples.ask(
      z.object({
        templatePresets: z.array(z.object({ preset: z.string(), templates: z.array(z.string()).min(1) })),
      }),
      '{ templatePresets { preset templates } }',
    );
    expect(templatePresets.map(({ preset }) => preset)).toEqual([
      'PHOTOGRAPHS',
      'PICTOGRAMS',
      'ARTWORKS',
      'PRODUCTS',
    ]);
    const made = await createLabelSet(samples, {
      name: 'preset',
      preset: 'PICTOGRAMS',
      labels: [{ name: 'bike', prompts: ['bicycle', 'jízdní kolo'] }, { name: 'dog' }],
    });
    expect(made.templates).toEqual(templatePresets[1]?.templates);
    await ready(samples, made.id);
    const [best] = await classifications(samples.idOf(FILES.bicycle), 'preset');
    expect(best).toMatchObject({ label: { name: 'bike' }, assigned: true });
    await samples.ask(z.unknown(), 'mutation ($id: ID!) { deleteLabelSet(id: $id) { deletedId } }', {
      id: made.id,
    });
  });
});

describe('exclusive labels', () => {
  it('score as they do on the fly, and those that hardly fit are not kept', async () => {
    for (const name of NAMES) {
      const stored = await classifications(samples.idOf(FILES[name]), 'Things');
      const { image } = await samples.ask(
        z.object({
          image: z.object({
            classify: z.array(z.object({ label: z.string(), score: z.number(), similarity: z.number() })),
          }),
        }),
        `query ($id: ID!, $labels: [String!]!, $templates: [String!]) {
           image(id: $id) { classify(labels: $labels, templates: $templates) { label score similarity } } }`,
        { id: samples.idOf(FILES[name]), labels: NAMES, templates: TEMPLATES },
      );
      expect(stored[0]).toMatchObject({ label: { name }, rank: 1, assigned: true, version: 1 });
      expect(stored).toHaveLength(Math.max(1, image.classify.filter(({ score }) => score >= 0.05).length));
      for (const [index, { score, similarity, label }] of stored.entries()) {
        expect(label.name).toBe(image.classify[index]?.label);
        expect(score).toBeCloseTo(image.classify[index]?.score ?? 0, 4);
        expect(similarity).toBeCloseTo(image.classify[index]?.similarity ?? 0, 5);
      }
    }
  });

  it('give way to "none of these", and to their thresholds', async () => {
    const made = await createLabelSet(samples, {
      name: 'animals',
      labels: [{ name: 'cow' }, { name: 'banana', threshold: 1 }],
      background: ['bicycle', 'castle'],
      templates: TEMPLATES,
    });
    await ready(samples, made.id);
    expect(await classifications(samples.idOf(FILES.cow), 'animals')).toMatchObject([
      { label: { name: 'cow' }, rank: 1, assigned: true },
    ]);
    const [bicycle, ...others] = await classifications(samples.idOf(FILES.bicycle), 'animals');
    expect(bicycle).toMatchObject({ rank: 2, assigned: false });
    expect(bicycle?.score).toBeLessThan(0.5);
    expect(others).toEqual([]);
    // It is the best, but never certain.
    expect(await classifications(samples.idOf(FILES.banana), 'animals')).toMatchObject([
      { label: { name: 'banana' }, rank: 1, assigned: false },
    ]);
    const { labelSet: found } = await samples.ask(
      z.object({ labelSet: z.object({ distribution: z.unknown() }) }),
      `{ labelSet(name: "animals") { distribution {
           version imageCount unlabelledCount counts { label { name } imageCount share } } } }`,
    );
    expect(found.distribution).toEqual({
      version: 1,
      imageCount: 4,
      unlabelledCount: 3,
      counts: [
        { label: { name: 'cow' }, imageCount: 1, share: 0.25 },
        { label: { name: 'banana' }, imageCount: 0, share: 0 },
      ],
    });
  });
});

describe('independent labels', () => {
  it('score as they do on the fly, and several may hold', async () => {
    const labels = ['animal', 'cow', 'wedding'];
    const made = await createLabelSet(samples, {
      name: 'independent',
      independent: true,
      labels: labels.map((name) => ({ name })),
      templates: TEMPLATES,
    });
    await ready(samples, made.id);
    const stored = await classifications(samples.idOf(FILES.cow), 'independent');
    const { image } = await samples.ask(
      z.object({
        image: z.object({ classify: z.array(z.object({ label: z.string(), score: z.number() })) }),
      }),
      `query ($id: ID!, $labels: [String!]!, $templates: [String!]) {
         image(id: $id) { classify(labels: $labels, templates: $templates, independent: true) { label score } } }`,
      { id: samples.idOf(FILES.cow), labels, templates: TEMPLATES },
    );
    const fitting = image.classify.filter(({ score }) => score >= 0.5);
    expect(stored.map(({ label }) => label.name)).toEqual(fitting.map(({ label }) => label));
    expect(stored.length).toBeGreaterThan(0);
    for (const [index, { score, assigned, rank }] of stored.entries()) {
      expect(score).toBeCloseTo(fitting[index]?.score ?? 0, 4);
      expect({ assigned, rank }).toEqual({ assigned: true, rank: index + 1 });
    }
  });
});

describe('images', () => {
  it('that are added later are classified when they become READY', async () => {
    const before = await samples.ask(
      z.object({ labelSet: z.object({ labels: z.array(z.object({ imageCount: z.number() })) }) }),
      '{ labelSet(name: "independent") { labels { imageCount } } }',
    );
    const id = await samples.add(FILES.dog);
    await expect.poll(() => classifications(id, 'independent')).not.toEqual([]);
    expect((await classifications(id, 'Things'))[0]).toMatchObject({ rank: 1 });
    const after = await samples.ask(
      z.object({ labelSet: z.object({ labels: z.array(z.object({ imageCount: z.number() })) }) }),
      '{ labelSet(name: "independent") { labels { imageCount } } }',
    );
    expect(after.labelSet.labels[0]?.imageCount).toBe((before.labelSet.labels[0]?.imageCount ?? 0) + 1);
  });

  it('are filtered by label and score', async () => {
    const label = { set: 'Things', name: 'cow' };
    expect(await filtered({ label, filename: 'cow' })).toEqual([FILES.cow]);
    expect(await filtered({ label: { ...label, minScore: 0.9999999 } })).toEqual([]);
    expect(await filtered({ label: { set: 'animals', name: 'banana' } })).toEqual([]);
    expect(await filtered({ label: { set: 'animals', name: 'banana', minScore: 0.5 } })).toEqual([
      FILES.banana,
    ]);
    expect(await filtered({ label: { set: 'animals', name: 'unknown' } })).toEqual([]);
    expect(await filtered({ label: { set: 'unknown', name: 'cow' } })).toEqual([]);
    const others = await filtered({ not: { label: { set: 'animals', name: 'cow' } } });
    expect(others).toEqual(expect.arrayContaining([FILES.banana, FILES.bicycle, FILES.castle]));
    expect(others).not.toContain(FILES.cow);
    expect(
      await samples.codeOf(
        '{ images(filter: { label: { set: "a", name: "b", minScore: 2 } }) { totalCount } }',
      ),
    ).toBe('BAD_USER_INPUT');

    const { search } = await samples.ask(
      z.object({ search: z.object({ nodes: z.array(z.object({ filename: z.string() })) }) }),
      `{ search(query: { text: "a castle" }, filter: { label: { set: "animals", name: "cow" } }) { nodes { filename } } }`,
    );
    expect(search.nodes.map(({ filename }) => filename)).toContain(FILES.cow);
    expect(search.nodes.map(({ filename }) => filename)).not.toContain(FILES.castle);
  });

  it('of a label come in pages, best first', async () => {
    const page = z.object({
      node: z.object({
        images: z.object({
          edges: z.array(
            z.object({
              cursor: z.string(),
              score: z.number(),
              rank: z.number(),
              node: z.object({ id: z.string() }),
            }),
          ),
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
        }),
      }),
    });
    const [label] = things.labels;
    const query = `query ($id: ID!, $first: Int, $after: String, $minScore: Float) { node(id: $id) { ... on Label {
      images(first: $first, after: $after, minScore: $minScore) {
        edges { cursor score rank node { id } } pageInfo { hasNextPage endCursor } } } } }`;
    const all: { id: string; rank: number; score: number }[] = [];
    // The best label of an image is stored however it scores.
    for (let after: string | null = null, more = true; more;) {
      const { node }: z.infer<typeof page> = await samples.ask(page, query, {
        id: label?.id,
        first: 1,
        after,
        minScore: 0,
      });
      all.push(...node.images.edges.map(({ score, rank, node: { id } }) => ({ id, rank, score })));
      ({ hasNextPage: more, endCursor: after } = node.images.pageInfo);
    }
    const { node: whole } = await samples.ask(page, query, { id: label?.id, first: 100, minScore: 0 });
    expect(all).toEqual(whole.images.edges.map(({ score, rank, node: { id } }) => ({ id, rank, score })));
    expect(all.map(({ rank }) => rank)).toEqual(all.map((_, index) => index + 1));
    expect(all[0]?.id).toBe(samples.idOf(FILES.banana));
    // A cursor belongs to its label and score.
    const after = whole.images.edges[0]?.cursor;
    expect(await samples.codeOf(query, { id: label?.id, first: 1, after })).toBe('INVALID_CURSOR');
    expect(await samples.codeOf(query, { id: things.labels[1]?.id, first: 1, after, minScore: 0 })).toBe(
      'INVALID_CURSOR',
    );
  });

  it('of any number of labels take the same number of statements', async () => {
    const query = (first: number) => `{ labelSets(first: ${first}) { nodes {
      progress { state } distribution { imageCount counts { imageCount } }
      labels { imageCount images(first: 3) { nodes { filename classifications { label { name labelSet { name } } } } } } } } }`;
    const statements = async (first: number) => {
      const spy = vi.spyOn(samples.app.app.database.pool, 'query');
      try {
        await samples.ask(z.unknown(), query(first));
        return spy.mock.calls
          .map(([text]) => /\/\* (labels?[A-Z]\S*|labels\.\S+|class\S+|images\.\S+) \*\//.exec(text)?.[1])
          .filter((name) => name !== undefined)
          .sort();
      } finally {
        spy.mockRestore();
      }
    };
    const one = await statements(1);
    expect(one.length).toBeGreaterThan(5);
    expect(await statements(3)).toEqual(one);
  });
});

describe('a page of images', () => {
  it('with thumbnails, tags and stored classifications takes at most four statements', async () => {
    const query = `{ images(first: 100) {
      edges { cursor node {
        id filename thumbnailUrl tags
        classifications { score rank assigned label { id name } }
      } }
      pageInfo { hasNextPage endCursor }
    } }`;
    const page = z.object({
      images: z.object({
        edges: z.array(z.object({ node: z.object({ classifications: z.array(z.unknown()).min(1) }) })).min(4),
      }),
    });
    const statements = await statementsOf(() => samples.ask(page, query));
    expect(statements).toContain('classifications.ofImages');
    expect(statements.length).toBeLessThanOrEqual(4);
  });
});

describe('a new version', () => {
  it('is made by every change but that of a name, and keeps labels apart from their names', async () => {
    const renamed = await updateLabelSet(samples, { id: things.id, name: 'Things of all kinds' });
    expect(renamed).toMatchObject({
      isNewVersion: false,
      labelSet: { version: 1, name: 'Things of all kinds' },
    });
    const same = await updateLabelSet(samples, { id: things.id, labels: NAMES.map((name) => ({ name })) });
    expect(same.isNewVersion).toBe(false);

    const [banana, bicycle, , cow] = things.labels;
    const changed = await updateLabelSet(samples, {
      id: things.id,
      name: 'Things',
      labels: [
        { id: banana?.id, name: 'fruit' },
        { name: 'bicycle', prompts: ['bicycle', 'bike'] },
        { name: 'dog' },
        { name: 'cow' },
      ],
    });
    expect(changed).toMatchObject({
      isNewVersion: true,
      labelSet: {
        version: 2,
        labels: [
          { id: banana?.id, name: 'fruit', prompts: ['fruit'] },
          { id: bicycle?.id, name: 'bicycle', prompts: ['bicycle', 'bike'] },
          { name: 'dog' },
          { id: cow?.id },
        ],
      },
    });
    await ready(samples, things.id);
    const [dog] = await classifications(samples.idOf(FILES.dog), 'Things');
    expect(dog).toMatchObject({ label: { name: 'dog' }, version: 2, rank: 1 });
  });

  it('is compared with the one before', async () => {
    const diff = z.object({
      labelSet: z.object({
        diff: z
          .object({
            added: z.array(z.object({ name: z.string() })),
            removed: z.array(z.object({ name: z.string() })),
            changed: z.array(
              z.object({ before: z.object({ name: z.string() }), after: z.object({ name: z.string() }) }),
            ),
            settings: z.array(z.unknown()),
            images: z
              .object({
                imageCount: z.number(),
                changes: z.array(
                  z.object({
                    image: z.object({ filename: z.string() }),
                    lost: z.array(z.object({ name: z.string() })),
                    gained: z.array(z.object({ name: z.string() })),
                  }),
                ),
              })
              .nullable(),
          })
          .nullable(),
      }),
    });
    const query = `query ($from: Int!, $to: Int!) { labelSet(name: "Things") { diff(from: $from, to: $to) {
      added { name } removed { name } changed { before { name } after { name } } settings { setting before after }
      images { imageCount changes { image { filename } lost { name } gained { name } } } } } }`;
    const { labelSet: found } = await samples.ask(diff, query, { from: 1, to: 2 });
    expect(found.diff).toMatchObject({
      added: [{ name: 'dog' }],
      removed: [{ name: 'castle' }],
      changed: [
        { before: { name: 'banana' }, after: { name: 'fruit' } },
        { before: { name: 'bicycle' }, after: { name: 'bicycle' } },
      ],
      settings: [],
    });
    const changes = found.diff?.images?.changes ?? [];
    expect(changes).toHaveLength(found.diff?.images?.imageCount ?? -1);
    expect(changes.find(({ image }) => image.filename === FILES.dog)?.gained).toEqual([{ name: 'dog' }]);
    expect(changes.find(({ image }) => image.filename === FILES.castle)?.lost).toEqual([{ name: 'castle' }]);
    expect(changes.find(({ image }) => image.filename === FILES.cow)).toBeUndefined();
    expect((await samples.ask(diff, query, { from: 1, to: 9 })).labelSet.diff).toBeNull();

    await updateLabelSet(samples, { id: things.id, preset: 'PHOTOGRAPHS' });
    await ready(samples, things.id);
    // Only the version before is kept for comparison.
    const { labelSet: later } = await samples.ask(diff, query, { from: 1, to: 3 });
    expect(later.diff?.settings).toMatchObject([{ setting: 'TEMPLATES', before: TEMPLATES }]);
    await expect
      .poll(async () => (await samples.ask(diff, query, { from: 1, to: 3 })).labelSet.diff?.images)
      .toBeNull();
  });

  it('is told of to those who watch, until the set is deleted', async () => {
    const client = webSocketClient(samples.app.url);
    const states: string[] = [];
    let isComplete = false;
    const progress = z.object({
      classificationProgress: z.object({
        version: z.number(),
        state: z.string(),
        done: z.number(),
        total: z.number(),
        labelSet: z.object({ name: z.string() }),
      }),
    });
    client.subscribe(
      {
        query: `subscription ($id: ID!) { classificationProgress(labelSet: $id) { version state done total labelSet { name } } }`,
        variables: { id: things.id },
      },
      {
        next: ({ data }) => {
          const { version, state } = progress.parse(data).classificationProgress;
          states.push(`${version} ${state}`);
        },
        error: (error) => states.push(String(error)),
        complete: () => {
          isComplete = true;
        },
      },
    );
    await expect.poll(() => states).toContain('3 READY');
    await updateLabelSet(samples, { id: things.id, threshold: 0.3 });
    await expect.poll(() => states.at(-1)).toBe('4 READY');

    const tables = ['label_sets', 'label_set_versions', 'labels', 'label_versions', 'label_set_runs'];
    const { pool } = samples.app.app.database;
    const rows = async () => {
      const counts = tables.map((table) => `(SELECT count(*) FROM ${table})`).join(' + ');
      const { rows: found } = await pool.query(`SELECT (${counts})::integer AS count`);
      return z.object({ count: z.int() }).parse(found[0]).count;
    };
    expect(await rows()).toBeGreaterThan(0);
    const { labelSets } = await samples.ask(
      z.object({ labelSets: z.object({ nodes: z.array(z.object({ id: z.string() })) }) }),
      '{ labelSets { nodes { id } } }',
    );
    for (const { id } of labelSets.nodes) {
      const deletion = 'mutation ($id: ID!) { deleteLabelSet(id: $id) { deletedId } }';
      expect(await samples.ask(z.unknown(), deletion, { id })).toEqual({ deleteLabelSet: { deletedId: id } });
      expect(await samples.ask(z.unknown(), deletion, { id })).toEqual({
        deleteLabelSet: { deletedId: null },
      });
    }
    expect(await rows()).toBe(0);
    const { rows: left } = await pool.query('SELECT FROM classifications');
    expect(left).toHaveLength(0);
    await expect.poll(() => isComplete).toBe(true);
    await client.dispose();
  });
});
