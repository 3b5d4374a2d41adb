import type { Client } from 'graphql-ws';
import { expect } from 'vitest';
import { z } from 'zod';
import type { TestApp } from './app.js';
import { stripes, type StripedApp } from './striped-app.js';

/** What a saved search answers with. */
export const savedSearch = z.object({
  id: z.string(),
  name: z.string(),
  query: z.unknown(),
  filter: z.unknown(),
  minSimilarity: z.number().nullable(),
  minStandardScore: z.number().nullable(),
  comparable: z.boolean(),
  createdAt: z.string(),
  model: z.object({ name: z.string() }),
});
export const SAVED_SEARCH =
  'id name query filter minSimilarity minStandardScore comparable createdAt model { name }';

export const SAVE = `mutation ($input: SaveSearchInput!) {
  saveSearch(input: $input) { result {
    __typename
    ... on SearchSaved { search { ${SAVED_SEARCH} } }
    ... on SavedSearchNameTaken { search { name } message }
    ... on InvalidInput { field message }
  } }
}`;

/** Saves a search that must be accepted. */
export async function save(
  { ask }: Pick<StripedApp, 'ask'>,
  input: Record<string, unknown>,
): Promise<z.infer<typeof savedSearch>> {
  const { saveSearch } = await ask(
    z.object({ saveSearch: z.object({ result: z.object({ search: savedSearch }) }) }),
    SAVE,
    { input },
  );
  return saveSearch.result.search;
}

/** Adds the picture of a seed; does not wait until it is READY. */
export async function addStripes(
  app: Pick<TestApp, 'graphql'>,
  seed: number,
  tags: readonly string[] = [],
): Promise<string> {
  const { data } = await app.graphql(
    `mutation ($base64: String!, $tags: [String!]) {
       addImages(input: { images: [{ source: { base64: $base64 }, tags: $tags }] }) { results { ... on ImageAccepted { image { id } } } }
     }`,
    { base64: (await stripes(seed)).toString('base64'), tags },
  );
  return z
    .object({
      addImages: z.object({ results: z.tuple([z.object({ image: z.object({ id: z.string() }) })]) }),
    })
    .parse(data).addImages.results[0].image.id;
}

/** Waits until an image is READY, and tells when it became so. */
export async function ready(app: Pick<TestApp, 'graphql'>, id: string): Promise<string> {
  let readyAt = '';
  await expect
    .poll(
      async () => {
        const { data } = await app.graphql('query ($id: ID!) { image(id: $id) { status readyAt } }', { id });
        const { image } = z
          .object({ image: z.object({ status: z.string(), readyAt: z.string().nullable() }) })
          .parse(data);
        readyAt = image.readyAt ?? '';
        return image.status;
      },
      { timeout: 60_000 },
    )
    .toBe('READY');
  return readyAt;
}

const edge = z.object({
  similarity: z.number(),
  standardScore: z.number().nullable().optional(),
  rank: z.number().optional(),
  cursor: z.string().optional(),
  node: z.object({ id: z.string() }),
});

/** What a subscription to `savedSearchMatched` has brought so far. */
export interface Watch {
  readonly edges: readonly z.infer<typeof edge>[];
  readonly errors: readonly unknown[];
  readonly isComplete: () => boolean;
  readonly stop: () => void;
}

export function watch(client: Client, id: string, fields = 'similarity node { id }'): Watch {
  const edges: z.infer<typeof edge>[] = [];
  const errors: unknown[] = [];
  let complete = false;
  const stop = client.subscribe(
    { query: `subscription ($id: ID!) { savedSearchMatched(id: $id) { ${fields} } }`, variables: { id } },
    {
      next: ({ data, errors: inside }) => {
        if (inside) errors.push(...inside);
        else edges.push(z.object({ savedSearchMatched: edge }).parse(data).savedSearchMatched);
      },
      error: (error) => errors.push(...(Array.isArray(error) ? (error as unknown[]) : [error])),
      complete: () => {
        complete = true;
      },
    },
  );
  return { edges, errors, isComplete: () => complete, stop };
}
