import sharp from 'sharp';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from './app.js';
import { asking, type Asking } from './asking.js';
import { uploadGraphql } from './graphql-client.js';

/** A whole Pictograph with pictures that it has uploaded and embedded. */
export interface StripedApp extends Asking {
  readonly app: TestApp;
  /** Global ids, in the order of the seeds; every other image has the tag `even`, the others `odd`. */
  readonly ids: readonly string[];
}

/** `edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor }` */
export const connection = z.object({
  edges: z.array(z.object({ cursor: z.string(), node: z.object({ id: z.string() }) })),
  pageInfo: z.object({
    hasNextPage: z.boolean(),
    hasPreviousPage: z.boolean(),
    endCursor: z.string().nullable(),
  }),
});

const added = z.object({
  data: z.object({
    addImages: z.object({ results: z.array(z.object({ image: z.object({ id: z.string() }) })) }),
  }),
});

/** Starts an app, uploads the pictures of the seeds from 0 and waits until all are READY. */
export async function startStripedApp(
  count: number,
  variables: Readonly<Record<string, string>> = {},
): Promise<StripedApp> {
  const app = await startTestApp(variables);
  const seeds = Array.from({ length: count }, (_, seed) => seed);
  const files = await Promise.all(
    seeds.map(async (seed) => ({
      path: `variables.f${seed}`,
      name: `picture-${seed}.png`,
      bytes: await stripes(seed),
    })),
  );
  const sources = seeds.map(
    (seed) => `{ source: { upload: $f${seed} }, tags: ["${seed % 2 === 0 ? 'even' : 'odd'}"] }`,
  );
  const { body } = await uploadGraphql(
    app.url,
    `mutation (${seeds.map((seed) => `$f${seed}: Upload!`).join(', ')}) {
      addImages(input: { images: [${sources.join(', ')}] }) { results { ... on ImageAccepted { image { id } } } }
    }`,
    Object.fromEntries(seeds.map((seed) => [`f${seed}`, null])),
    files,
  );
  const parsed = added.safeParse(body);
  if (!parsed.success) throw new Error(JSON.stringify(body));
  await vi.waitFor(
    async () => {
      expect((await app.graphql('{ stats { readyCount } }')).data).toEqual({ stats: { readyCount: count } });
    },
    { timeout: 90_000, interval: 200 },
  );
  return {
    app,
    ids: parsed.data.data.addImages.results.map(({ image }) => image.id),
    ...asking(app),
  };
}

/** Stripes of two colours: each picture is another one, and its embedding too. */
export async function stripes(seed: number): Promise<Buffer> {
  const pixels = Buffer.alloc(64 * 64 * 3);
  for (let y = 0; y < 64; y++) {
    for (let x = 0; x < 64; x++) {
      const bright = Math.floor((x * ((seed % 5) + 1) + y * (seed % 7)) / 16) % 2 === 0;
      pixels.set(
        [bright ? 250 : (seed * 37) % 256, (seed * 91) % 256, bright ? (seed * 53) % 256 : 10],
        (y * 64 + x) * 3,
      );
    }
  }
  return sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
}
