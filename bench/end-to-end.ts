/**
 * What a user waits for, against what it stands on, in the same run: adding the sample pictures against the bare encoder, and a
 * text search over HTTP against the bare SQL.
 *
 *     npx tsx bench/end-to-end.ts [--database postgres://…]
 *
 * Without --database on an embedded database in a temporary folder. With it, in an empty database.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openApp, type App } from '../src/app.js';
import { ingestFiles } from '../src/cli/ingest-files.js';
import type { IngestFile } from '../src/cli/ingest-item.js';
import { findExactly } from '../src/db/search.js';
import { withBenchApp } from './bench-app.js';

const SAMPLES = new URL('../samples/pictures/', import.meta.url).pathname;
const REQUESTS = 300;
const QUERY =
  'query ($text: String!) { search(query: { text: $text }, first: 10) { edges { similarity node { id filename } } } }';

const { values: options } = parseArgs({ options: { database: { type: 'string' } } });
await withBenchApp(openApp, options.database, async (app, url) => {
  await measureIngest(app);
  await measureSearch(app, url);
});

async function measureIngest({ images, encoder }: App): Promise<void> {
  const paths = (await readdir(SAMPLES)).map((name) => path.join(SAMPLES, name));
  const files = await Promise.all(paths.map((file) => readFile(file)));
  await encoder.encodeImages(files);
  const bare = await perSecond(files.length, () => encoder.encodeImages(files));

  const found = async function* (): AsyncGenerator<IngestFile> {
    for (const file of paths) yield Promise.resolve({ path: file, expected: true });
  };
  const ignore = () => undefined;
  const ingest = await perSecond(files.length, () =>
    ingestFiles(images, found(), ignore, new AbortController().signal),
  );
  console.log(
    `ingest   ${ingest.toFixed(1)} images/s, bare encoder ${bare.toFixed(1)} images/s, ratio ${(ingest / bare).toFixed(2)}`,
  );
}

async function measureSearch({ search, database, model, encoder }: App, url: string): Promise<void> {
  const ask = async (text: string) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: QUERY, variables: { text } }),
    });
    if (!response.ok) throw new Error(await response.text());
    await response.json();
  };
  const [vector = new Float32Array()] = await encoder.encodeTexts(['red car']);
  const set = { modelId: model.id, dimensions: model.dimensions, vector, filter: {}, excludeId: undefined };
  const order = { by: 'similarity', after: undefined } as const;
  const page = { limit: 11, minSimilarity: undefined, order };
  const bareSql = () => findExactly(database.pool, set, page, { to: 10_000, atMost: 10_000 });
  const inProcess = () =>
    search.search({ query: { kind: 'text', text: 'red car' }, filter: {}, limit: 10, mode: 'AUTO' });

  // Warm: prepared code paths, open connections, the known text stored.
  for (let i = 0; i < 50; i++) await Promise.all([ask('red car'), bareSql(), inProcess()]);
  const sql = await median(bareSql);
  report('search over HTTP, known text', await median(() => ask('red car')), sql);
  report('search over HTTP, new text', await median((i) => ask(`red car number ${i}`)), sql);
  report('search in process, known text', await median(inProcess), sql);
}

function report(what: string, ms: number, bareMs: number): void {
  console.log(
    `${what}: p50 ${ms.toFixed(2)} ms, bare SQL ${bareMs.toFixed(2)} ms, ratio ${(ms / bareMs).toFixed(2)}`,
  );
}

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (count * 1000) / (performance.now() - started);
}

/** Milliseconds, one request after the other. */
async function median(work: (i: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    const started = performance.now();
    await work(i);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[REQUESTS / 2] ?? 0;
}
