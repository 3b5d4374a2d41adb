import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connection, startStripedApp, type StripedApp } from '../support/striped-app.js';

const COUNT = 30;

let striped: StripedApp;
beforeAll(async () => {
  striped = await startStripedApp(COUNT);
});
afterAll(() => striped.app.close());

/** Follows the cursors to the end. */
async function walk(field: string, args: string): Promise<string[]> {
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page: z.infer<typeof connection> = (
      await striped.ask(
        z.object({ list: connection }),
        `query ($after: String) { list: ${field}(first: 7, after: $after, ${args}) {
          edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`,
        { after },
      )
    ).list;
    expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
    seen.push(...page.edges.map(({ node }) => node.id));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  return seen;
}

describe('paging', () => {
  it.each([
    'orderBy: { field: CREATED_AT }',
    'orderBy: { field: FILENAME, direction: ASC }',
    'orderBy: { field: BYTE_SIZE, direction: DESC }',
    'orderBy: { field: UPDATED_AT, direction: ASC }, filter: { status: [READY] }',
  ])('through images(%s) meets each image once', async (args) => {
    const seen = await walk('images', args);
    expect(seen).toHaveLength(COUNT);
    expect(new Set(seen)).toEqual(new Set(striped.ids));
  });

  it('through a search meets each image once, in the same order as in one page', async () => {
    const seen = await walk('search', 'query: { text: "red stripes" }');
    const whole = await striped.ask(
      z.object({ search: z.object({ nodes: z.array(z.object({ id: z.string() })) }) }),
      '{ search(query: { text: "red stripes" }, first: 100) { nodes { id } } }',
    );
    expect(seen).toEqual(whole.search.nodes.map(({ id }) => id));
    expect(new Set(seen)).toEqual(new Set(striped.ids));
  });

  it('goes backwards, and counts what matches the filter', async () => {
    const query = `query ($before: String) {
      images(last: 10, before: $before, orderBy: { field: FILENAME, direction: ASC }, filter: { tagsAny: ["odd"] }) {
        edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor } totalCount } }`;
    const page = z.object({
      images: z.object({
        edges: z.array(z.unknown()),
        totalCount: z.number(),
        pageInfo: z.object({
          hasPreviousPage: z.boolean(),
          hasNextPage: z.boolean(),
          startCursor: z.string(),
        }),
      }),
    });
    const { images: last } = await striped.ask(page, query);
    expect(last).toMatchObject({
      totalCount: COUNT / 2,
      pageInfo: { hasPreviousPage: true, hasNextPage: false },
    });
    const { images: first } = await striped.ask(page, query, { before: last.pageInfo.startCursor });
    expect(first.edges).toHaveLength(5);
    expect(first).toMatchObject({ pageInfo: { hasPreviousPage: false, hasNextPage: true } });
  });

  it('refuses the cursor of another search, filter, threshold or list', async () => {
    const { search } = await striped.ask(
      z.object({ search: connection }),
      '{ search(query: { text: "stripes" }, first: 1, filter: { tagsAny: ["odd"] }) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
    );
    const after = search.pageInfo.endCursor;
    const again = (args: string) =>
      striped.codeOf(`query ($after: String) { search(first: 1, after: $after, ${args}) { nodes { id } } }`, {
        after,
      });
    expect(await again('query: { text: "stripes" }, filter: { tagsAny: ["odd"] }')).toBeUndefined();
    expect(
      await again('query: { text: "stripes" }, filter: { tagsAny: ["odd"] }, mode: EXACT'),
    ).toBeUndefined();
    expect(await again('query: { text: "dots" }, filter: { tagsAny: ["odd"] }')).toBe('INVALID_CURSOR');
    expect(await again('query: { text: "stripes" }')).toBe('INVALID_CURSOR');
    expect(
      await striped.codeOf('query ($after: String) { images(after: $after) { totalCount } }', { after }),
    ).toBe('INVALID_CURSOR');
  });
});
