import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { request } from '../support/graphql-client.js';
import { endPrograms, PROJECT_ROOT, startProgram } from '../support/program.js';

interface Found {
  search: {
    edges: { similarity: number; node: { filename: string; url: string } }[];
    plan: { strategy: string };
  };
}

let data: string;
beforeAll(async () => {
  data = await mkdtemp(path.join(os.tmpdir(), 'pictograph-demo-'));
});
afterAll(async () => {
  await endPrograms();
  await rm(data, { recursive: true, force: true });
});

const LISTENING = /Pictograph is ready: (http:\/\/127\.0\.0\.1:\d+)\/graphql/;

it('ingests the samples, serves them, and answers the queries that it prints', async () => {
  const collection = JSON.parse(
    await readFile(path.join(PROJECT_ROOT, 'samples/collection.json'), 'utf8'),
  ) as {
    pictures: unknown[];
  };
  const demo = startProgram(['demo', '--data', data], { PORT: '0' });
  const [, url = ''] = await demo.waitFor(LISTENING);
  expect(demo.stdout()).toContain(`Added ${collection.pictures.length}, already there 0`);
  await demo.waitFor(/Ctrl-C ends it/);

  const queries = demo.stdout().match(/^ {2}\{.*\}$/gm) ?? [];
  expect(queries).toHaveLength(3);
  const [redCar = '', ...others] = queries;
  const { search } = await request<Found>(url, redCar);
  expect(search.plan.strategy).toBe('EXACT');
  expect(search.edges).toHaveLength(5);
  const first = search.edges[0];
  expect(first?.node.filename).toMatch(/^automobile[.-]/);
  const original = await fetch(first?.node.url ?? '');
  expect(original.status).toBe(200);
  expect(original.headers.get('content-type')).toMatch(/^image\//);
  for (const query of others) await request(url, query);

  demo.child.kill('SIGINT');
  expect(await demo.ended).toBe(0);

  const again = startProgram(['demo', '--data', data], { PORT: '0' });
  await again.waitFor(LISTENING);
  expect(again.stdout()).toContain(`Added 0, already there ${collection.pictures.length}`);
  again.child.kill('SIGTERM');
  expect(await again.ended).toBe(0);
});
