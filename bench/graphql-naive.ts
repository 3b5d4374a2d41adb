import type { RequestListener } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import express from 'express';
import type pg from 'pg';

const SCHEMA = `
  type Query { images(first: Int!): ImageConnection! }
  type ImageConnection { nodes: [Image!]! pageInfo: PageInfo! }
  type PageInfo { hasNextPage: Boolean! }
  type Image {
    id: ID! filename: String title: String width: Int! height: Int! tags: [String!]!
    thumbnailUrl(width: Int): String! classifications: [Classification!]!
  }
  type Classification { score: Float! rank: Int! assigned: Boolean! label: Label! }
  type Label { id: ID! name: String! }
`;

interface Image {
  readonly id: string;
  readonly sha256: string;
}

/** GraphQL as tutorials write it: each resolver asks for its own row. */
export async function naive(pool: pg.Pool, baseUrl: string): Promise<RequestListener> {
  const rowsOf = async (text: string, values: unknown[]): Promise<unknown[]> =>
    (await pool.query(text, values)).rows as unknown[];
  const globalId = (type: string, id: string | number) =>
    Buffer.from(`${type}:${id}`, 'latin1').toString('base64url');
  const apollo = new ApolloServer({
    typeDefs: SCHEMA,
    nodeEnv: 'production',
    stopOnTerminationSignals: false,
    resolvers: {
      Query: {
        images: async (_: unknown, { first }: { first: number }) => {
          const ids = await rowsOf('SELECT id FROM images ORDER BY created_at DESC, id DESC LIMIT $1', [
            first + 1,
          ]);
          return {
            nodes: ids
              .slice(0, first)
              .map(
                async (row) =>
                  (
                    await rowsOf(
                      `SELECT id, encode(sha256, 'hex') AS sha256, filename, title, width, height, tags FROM images WHERE id = $1`,
                      [(row as Image).id],
                    )
                  )[0],
              ),
            pageInfo: { hasNextPage: ids.length > first },
          };
        },
      },
      Image: {
        id: ({ id }: Image) => globalId('Image', id),
        thumbnailUrl: ({ sha256 }: Image, { width }: { width: number }) =>
          `${baseUrl}/thumbnails/${width}/${sha256}`,
        classifications: ({ id }: Image) =>
          rowsOf(
            `SELECT c.* FROM classifications AS c JOIN label_sets AS s ON s.ready_run_id = c.run_id
             WHERE c.image_id = $1 ORDER BY s.name, c.rank, c.label_id`,
            [id],
          ),
      },
      Classification: {
        label: async ({ label_id }: { label_id: number }) =>
          (
            await rowsOf(
              `SELECT label_id AS id, name FROM label_versions WHERE label_id = $1 ORDER BY version DESC LIMIT 1`,
              [label_id],
            )
          )[0],
      },
      Label: { id: ({ id }: { id: number }) => globalId('Label', id) },
    },
  });
  await apollo.start();
  return express().use('/graphql', express.json(), expressMiddleware(apollo));
}
