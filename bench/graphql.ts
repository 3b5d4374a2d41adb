/**
 * A page of images over HTTP, with thumbnails, tags and stored classifications, against a hand-written handler (node:http) that
 * sends the same JSON from the same SQL, and against what GraphQL is when each resolver asks for its own row.
 *
 *     npm run build && npx tsx bench/graphql.ts [--rows 2000] [--rounds 7] [--requests 150] [--clients 8] [--only Pictograph] [--database postgres://…]
 *
 * Without --database on an embedded database in a temporary folder. With it, in an empty database. The clients run in a thread of
 * their own. Contenders take turns in every round; printed are the median of the rounds and the least and the greatest of them.
 */
import './production.js';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { createServer, type RequestListener } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { App } from '../src/app.js';
import { request } from '../test/support/graphql-client.js';
import { insertEmbeddedImages, randomUnitVector, seededRandom } from '../test/support/vectors.js';
import { recordSql } from './bare-sql.js';
import { withBenchApp } from './bench-app.js';
import { built } from './built.js';
import { handWritten } from './graphql-hand-written.js';
import { naive } from './graphql-naive.js';
import { startHttpLoad } from './http-load.js';
import { Rates } from './rates.js';

const PAGE = `query Page($first: Int!) {
  images(first: $first) {
    nodes {
      id filename title width height tags thumbnailUrl(width: 320)
      classifications { score rank assigned label { id name } }
    }
    pageInfo { hasNextPage }
  }
}`;
const FIRST = 100;
const LABELS = 20;
const TAGS = ['red', 'car', 'street', 'winter', 'animal', 'portrait', 'food'];

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '7' },
    requests: { type: 'string', default: '150' },
    clients: { type: 'string', default: '8' },
    only: { type: 'string' },
    database: { type: 'string' },
  },
});
const rows = Number(options.rows);
const requests = Number(options.requests);
const clients = Number(options.clients);
const { openApp } = await built<typeof import('../src/app.js')>('app.js');
await withBenchApp(openApp, options.database, async (app, url) => {
  await fill(app, url);
  await measure(app, url);
});

/** Images, and a label set that says some labels of each. */
async function fill({ database, model }: App, url: string): Promise<void> {
  const random = seededRandom(1);
  const vectors = Array.from({ length: rows }, () => randomUnitVector(model.dimensions, random));
  await insertEmbeddedImages(database.pool, model.id, vectors, (index) =>
    TAGS.filter((_, tag) => (index >> tag) % 2 === 0).slice(0, 4),
  );
  await database.pool.query(
    `UPDATE images SET filename = 'photo-' || id || '.jpg', title = 'Photograph number ' || id`,
  );
  const labels = Array.from({ length: LABELS }, (_, index) => ({ name: `label ${index}` }));
  await request(
    url,
    'mutation ($input: CreateLabelSetInput!) { createLabelSet(input: $input) { result { __typename } } }',
    {
      input: { name: 'Bench', labels },
    },
  );
  const state = z.object({ labelSet: z.object({ readyVersion: z.number().nullable() }) });
  while (
    state.parse(await request(url, '{ labelSet(name: "Bench") { readyVersion } }')).labelSet.readyVersion ===
    null
  )
    await delay(200);
  await database.pool.query('VACUUM ANALYZE');
}

async function measure({ database }: App, url: string): Promise<void> {
  const question = { query: PAGE, variables: { first: FIRST } };
  const statements = await recordSql(() => request(url, question.query, question.variables));
  const ours = await request(url, question.query, question.variables);
  const others = [
    { name: 'hand-written', ...(await serve(handWritten(database.pool, statements, url))) },
    { name: 'naive resolvers', ...(await serve(await naive(database.pool, url))) },
  ];
  const contenders = [{ name: 'Pictograph', url, close: () => undefined }, ...others].filter(
    ({ name }) => options.only === undefined || name === options.only,
  );
  for (const other of others) {
    const theirs = await request(other.url, question.query, question.variables);
    if (JSON.stringify(theirs) !== JSON.stringify(ours)) throw new Error(`${other.name} answers otherwise.`);
  }
  const size = JSON.stringify(ours).length;
  const labels = [...JSON.stringify(ours).matchAll(/"assigned"/g)].length;
  const [busy] = os.loadavg();
  console.log(
    `${os.cpus()[0]?.model ?? ''}, ${os.availableParallelism()} cores, load average ${busy?.toFixed(1) ?? ''}; ${database.kind} database, ${rows} images; ` +
      `a page of ${FIRST} with ${labels} classifications, ${Math.round(size / 1024)} kB, ${statements.length} statements; ${clients} clients`,
  );

  const load = await startHttpLoad();
  const rates = new Rates();
  const processor = new Map<string, number[]>();
  const bodies = [JSON.stringify(question)];
  // The naive one takes its time.
  const share = (name: string) => (name === 'naive resolvers' ? Math.ceil(requests / 20) : requests);
  try {
    for (const { name, url } of contenders)
      await load.run({ url: `${url}/graphql`, bodies, clients, requests: share(name) });
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const { name, url } of contenders) {
        const count = share(name);
        const before = await threadMs();
        await rates.take(name, count, () =>
          load.run({ url: `${url}/graphql`, bodies, clients, requests: count }),
        );
        const spent = ((await threadMs()) - before) / count;
        processor.set(name, [...(processor.get(name) ?? []), spent]);
      }
    }
  } finally {
    await load.close();
    for (const { close } of others) close();
  }
  console.log('\nPages a second');
  rates.print();
  for (const { name } of others) rates.printRatio('Pictograph', name);
  console.log('\nMilliseconds of the processor that the serving thread takes for a page');
  for (const [name, spent] of processor)
    console.log(`   ${name.padEnd(32)}${(spent.sort((a, b) => a - b)[spent.length >> 1] ?? NaN).toFixed(2)}`);
}

/** Of the main thread alone, which no other work on the machine adds to: in it every contender serves. Linux only. */
async function threadMs(): Promise<number> {
  const stat = await readFile(`/proc/self/task/${process.pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // User and system time in ticks of 10 ms.
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
