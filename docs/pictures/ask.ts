import { z } from 'zod';

export interface Match {
  readonly title: string;
  readonly similarity: number;
  /** The thumbnail's bytes. */
  readonly thumbnail: Buffer;
}

const SEARCH = `query Search($text: String!, $first: Int!) {
  search(query: { text: $text }, first: $first) {
    edges { similarity node { title filename thumbnailUrl(width: 320) } }
  }
}`;

const answer = z.object({
  data: z.object({
    search: z.object({
      edges: z.array(
        z.object({
          similarity: z.number(),
          node: z.object({
            title: z.string().nullable(),
            filename: z.string().nullable(),
            thumbnailUrl: z.string(),
          }),
        }),
      ),
    }),
  }),
});

/**
 * Searches a running server.
 *
 * @param address the server's, such as `http://127.0.0.1:4000`
 * @returns the best matches with their thumbnails, best first
 * @throws Error when the server does not answer as expected
 */
export async function ask(address: string, text: string, first: number): Promise<Match[]> {
  const response = await fetch(new URL('/graphql', address), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: SEARCH, variables: { text, first } }),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`The server answered ${response.status}: ${body.slice(0, 500)}`);
  const { edges } = answer.parse(JSON.parse(body)).data.search;
  return Promise.all(
    edges.map(async ({ similarity, node }) => ({
      title: node.title ?? node.filename ?? '',
      similarity,
      thumbnail: await fetchBytes(new URL(node.thumbnailUrl, address)),
    })),
  );
}

async function fetchBytes(url: URL): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}.`);
  return Buffer.from(await response.arrayBuffer());
}
