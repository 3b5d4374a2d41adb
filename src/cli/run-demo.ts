import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { BUNDLED_MODEL_NAME } from '../clip/bundled-model.js';
import { serve } from '../main.js';
import type { IngestFile } from './ingest-item.js';
import { describeSummary, ingestWithProgress } from './ingest.js';
import { psqlCommand } from './psql-command.js';
import { commandSettings } from './with-app.js';

const samplesFolder = new URL('../../samples/', import.meta.url);

const collection = z.object({
  pictures: z.array(
    z.object({
      file: z.string(),
      title: z.string(),
      tags: z.array(z.string()),
      metadata: z.record(z.string(), z.unknown()),
    }),
  ),
});

const QUERIES = [
  '{ search(query: {text: "red car"}, first: 5) { edges { similarity node { filename url } } plan { strategy } } }',
  '{ search(query: {text: "red fruit"}, first: 5) { edges { similarity node { title thumbnailUrl } } } }',
  '{ images(first: 3, filter: {tagsAll: ["fruit"]}, orderBy: {field: FILENAME, direction: ASC}) ' +
    '{ nodes { title classify(labels: ["banana", "cherries", "grapes", "car"], templates: ["{label}"]) { label score } } } }',
];

/** Serves the samples, with whatever else the data folder has, until it is stopped. */
export async function runDemo(dataFolder: string): Promise<void> {
  const { config, log } = await commandSettings({
    DATABASE_URL: undefined,
    PICTOGRAPH_DATA: dataFolder,
    CLIP_MODEL: BUNDLED_MODEL_NAME,
    CLIP_DTYPE: undefined,
  });
  console.log('Opening the embedded database and the bundled model …');
  await serve(config, log, {
    prepare: async (app, signal) => {
      const result = await ingestWithProgress(app, sampleFiles, signal);
      console.log(describeSummary(result));
      if (result.trouble !== undefined) throw result.trouble;
    },
    onListening: (url, analyticsPort) => {
      console.log(
        `\nPictograph is ready: ${url}/graphql (Apollo Sandbox) and ${url}/altair (works offline).\n` +
          `Three queries to paste:\n\n${QUERIES.map((query) => `  ${query}`).join('\n\n')}\n\n` +
          (analyticsPort === undefined ? '' : `SQL: ${psqlCommand(analyticsPort)}\n\n`) +
          'Ctrl-C ends it.',
      );
    },
  });
}

async function* sampleFiles(): AsyncGenerator<IngestFile> {
  const { pictures } = collection.parse(
    JSON.parse(await readFile(new URL('collection.json', samplesFolder), 'utf8')),
  );
  for (const { file, title, tags, metadata } of pictures) {
    yield {
      path: fileURLToPath(new URL(file, samplesFolder)),
      expected: true,
      details: { title, tags, metadata },
    };
  }
}
