import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from './app.js';
import { asking, type Asking } from './asking.js';

const SAMPLES = path.resolve(import.meta.dirname, '../../samples');
const added = z.object({
  addImages: z.object({ results: z.array(z.object({ image: z.object({ id: z.string() }) })) }),
});

/** A whole Pictograph with pictures of the sample collection. */
export interface SampleApp extends Asking {
  readonly app: TestApp;
  /** Adds a sample picture by its file name, such as `cow.png`, and waits until it is READY. @returns its global id */
  add(filename: string): Promise<string>;
  /** The global id of a picture, by its file name. */
  idOf(filename: string): string;
}

/** Starts an app, adds pictures by their file names and waits until all are READY. */
export async function startSampleApp(filenames: readonly string[]): Promise<SampleApp> {
  const app = await startTestApp();
  const { ask, codeOf } = asking(app);
  const ids = new Map<string, string>();

  const addAll = async (wanted: readonly string[]) => {
    const images = await Promise.all(
      wanted.map(async (filename) => ({
        source: { base64: (await readFile(path.join(SAMPLES, 'pictures', filename))).toString('base64') },
        filename,
      })),
    );
    const { addImages } = await ask(
      added,
      `mutation ($input: AddImagesInput!) {
         addImages(input: $input) { results { ... on ImageAccepted { image { id } } ... on ImageDuplicate { image { id } } } }
       }`,
      { input: { images } },
    );
    for (const [index, filename] of wanted.entries()) {
      ids.set(filename, addImages.results[index]?.image.id ?? '');
    }
    await vi.waitFor(
      async () => {
        expect((await app.graphql('{ stats { pendingCount } }')).data).toEqual({
          stats: { pendingCount: 0 },
        });
      },
      { timeout: 90_000, interval: 100 },
    );
  };
  const idOf = (filename: string) => {
    const id = ids.get(filename);
    if (id === undefined) throw new Error(`${filename} was not added.`);
    return id;
  };

  await addAll(filenames);
  return {
    app,
    ask,
    codeOf,
    idOf,
    async add(filename) {
      await addAll([filename]);
      return idOf(filename);
    },
  };
}
