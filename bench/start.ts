/**
 * What a start costs: from a command to a server that is alive, that is ready, and that has answered a text search rightly; with the
 * processor time and memory of the program by then. First in an empty data folder, then warm with a filled collection, by
 * `node bin/pictograph.js serve` and by `npm start` in turn; beside them what Node takes by itself, and with the program's modules.
 *
 *     npm run build && npx tsx bench/start.ts [--rows 20000] [--starts 5] [--database postgres://…]
 *
 * Without --database on an embedded database in a temporary folder. With it, in an empty database.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { openApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { dropVectorIndex, ensureVectorIndex } from '../src/db/vector-index.js';
import { createLogger } from '../src/log.js';
import { request } from '../test/support/graphql-client.js';
import { PROJECT_ROOT } from '../test/support/program.js';
import { insertEmbeddedImages, seededRandom, topicVectors } from '../test/support/vectors.js';

const TEXT = 'a red car';
const POLL_MS = 10;
const GIVE_UP_MS = 60_000;
const SERVE = [process.execPath, 'bin/pictograph.js', 'serve'];
const NPM = ['npm', 'start'];
const MODULES = "await import('./dist/app.js'); await import('./dist/http/server.js'); process.exit()";

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000' },
    starts: { type: 'string', default: '5' },
    database: { type: 'string' },
  },
});
const rows = Number(options.rows);
const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
const variables = {
  PICTOGRAPH_DATA: folder,
  CLIP_MODEL: 'pictogram-clip',
  LOG_LEVEL: 'warn',
  ...(options.database !== undefined && { DATABASE_URL: options.database }),
};

/** Milliseconds from the command on; by `ready`, processor milliseconds and megabytes of all processes of the command. */
interface Start {
  readonly live: number;
  readonly ready: number;
  readonly answered: number;
  readonly cpu: number;
  readonly memory: number;
}

try {
  const first = await start(SERVE, undefined);
  const nearest = await fill();
  const found: Record<string, Start[]> = { 'node bin/pictograph.js serve': [], 'npm start': [] };
  const [bare, modules]: [number[], number[]] = [[], []];
  for (let round = 0; round < Number(options.starts); round++) {
    bare.push(run('0'));
    modules.push(run(MODULES));
    found['node bin/pictograph.js serve']?.push(await start(SERVE, nearest));
    found['npm start']?.push(await start(NPM, nearest));
  }
  console.log(
    `${options.database === undefined ? 'embedded' : 'server'}, ${rows} images, ${os.availableParallelism()} cores; ms, median and range of ${options.starts}`,
  );
  console.log(
    [''.padEnd(30), ...['alive', 'ready', 'answered', 'CPU', 'MB'].map((head) => head.padEnd(20))].join(' '),
  );
  print('first start, no collection', [first]);
  for (const [name, all] of Object.entries(found)) print(name, all);
  console.log(`${'node -e 0'.padEnd(30)} ${spread(bare)}`);
  console.log(`${'node, a server’s modules'.padEnd(30)} ${spread(modules)}`);
  for (const [name, all] of Object.entries(found)) {
    const ready = median(all.map((each) => each.ready));
    console.log(
      `${name}: ready : node -e 0 ${(ready / median(bare)).toFixed(1)}, ready : modules ${(ready / median(modules)).toFixed(2)}`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Fills the collection under the model that the start has registered. @returns the global id of what the text finds first */
async function fill(): Promise<string> {
  const config = loadConfig(variables);
  const app = await openApp(config, createLogger(config.logLevel));
  try {
    const { database, model, encoder } = app;
    const vectorOf = topicVectors(model.dimensions, Math.ceil(rows / 60), seededRandom(1));
    const [wanted = new Float32Array()] = await encoder.encodeTexts([TEXT]);
    const vectors = [wanted, ...Array.from({ length: rows - 1 }, vectorOf)];
    await dropVectorIndex(database, model);
    const [id = 0] = await insertEmbeddedImages(database.pool, model.id, vectors);
    await ensureVectorIndex(database, model);
    // As after the background work, which would find no pictures here and go on about it through all starts.
    await database.pool.query(
      'INSERT INTO duplicate_searches (model_id, image_id) SELECT model_id, image_id FROM image_embeddings',
    );
    await database.pool.query('VACUUM ANALYZE');
    return Buffer.from(`Image:${id}`).toString('base64url');
  } finally {
    await app.close();
  }
}

/** Starts a server, asks it for the nearest image (none in an empty collection), and stops it. */
async function start(
  [command = '', ...args]: readonly string[],
  nearest: string | undefined,
): Promise<Start> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const started = performance.now();
  // A group of its own: npm starts a shell, and that the build and the server.
  const child = spawn(command, args, {
    cwd: PROJECT_ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...variables, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const ended = once(child, 'exit');
  const since = () => performance.now() - started;
  const until = async (route: string): Promise<number> => {
    while (!(await fetch(`${url}${route}`).catch(() => undefined))?.ok) {
      if (child.exitCode !== null || since() > GIVE_UP_MS) throw new Error(`No server answers at ${url}.`);
      await delay(POLL_MS);
    }
    return since();
  };
  const group = child.pid ?? 0;
  try {
    const live = await until('/health/live');
    const ready = await until('/health/ready');
    const spent = await spentBy(group);
    const { search } = z
      .object({ search: z.object({ nodes: z.array(z.object({ id: z.string() })) }) })
      .parse(await request(url, '{ search(query: { text: "' + TEXT + '" }, first: 1) { nodes { id } } }'));
    if (search.nodes[0]?.id !== nearest) throw new Error('Another image was found.');
    return { live, ready, answered: since(), ...spent };
  } finally {
    process.kill(-group, 'SIGTERM');
    await ended;
    while ((await processesOf(group)).length > 0) await delay(POLL_MS);
  }
}

/** Fields of `/proc/PID/stat` behind the name of the command, of every process of a group; none where there is no /proc. */
async function processesOf(group: number): Promise<readonly (readonly number[])[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats
    .map((stat) =>
      stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number),
    )
    .filter((fields) => fields[2] === group);
}

/** Those that have ended count through the process that waited for them. */
async function spentBy(group: number): Promise<{ cpu: number; memory: number }> {
  const all = await processesOf(group);
  const sum = (fields: readonly number[]) =>
    all.flatMap((stat) => fields.map((field) => stat[field] ?? 0)).reduce((a, b) => a + b, 0);
  if (all.length === 0) return { cpu: Number.NaN, memory: Number.NaN };
  // Ticks of 10 ms and pages of 4 KiB, as on all Linux that Node runs on but for pages of some ARM.
  return { cpu: sum([11, 12, 13, 14]) * 10, memory: (sum([21]) * 4096) / 2 ** 20 };
}

function run(code: string): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - started;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  server.close();
  await once(server, 'close');
  return port;
}

function print(name: string, all: readonly Start[]): void {
  const columns = (['live', 'ready', 'answered', 'cpu', 'memory'] as const).map((column) =>
    spread(all.map((each) => each[column])).padEnd(20),
  );
  console.log([name.padEnd(30), ...columns].join(' '));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function spread(values: readonly number[]): string {
  const range = `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`;
  return `${median(values).toFixed(0)}${values.length > 1 ? ` (${range})` : ''}`;
}
