/**
 * All benchmarks, one after the other, at sizes that take minutes together: enough to see ratios, too little for figures to quote. What
 * docs/performance.md states was measured with the sizes that it names.
 *
 *     npm run bench [-- --database postgres://…] [--only search]
 *
 * Without --database on embedded databases in temporary folders. With it, each in a database that is made on that server, which the
 * user must be allowed to, and dropped afterwards; and the benchmarks that need a server come as well.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';

interface Benchmark {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly database: 'either' | 'server' | 'none';
}

const BENCHMARKS: readonly Benchmark[] = [
  { file: 'encoder', arguments: ['--rounds', '2', '--pictures', '16'], database: 'none' },
  { file: 'ingest-ratio', arguments: ['--photos', '60', '--large', '8'], database: 'either' },
  { file: 'end-to-end', arguments: [], database: 'either' },
  { file: 'search', arguments: ['--rows', '5000'], database: 'either' },
  { file: 'search-http', arguments: ['--rows', '20000', '--rounds', '2'], database: 'server' },
  { file: 'graphql', arguments: ['--rows', '500', '--rounds', '3', '--requests', '50'], database: 'either' },
  { file: 'classify', arguments: ['--rows', '3000'], database: 'either' },
  { file: 'duplicates', arguments: ['--rows', '3000'], database: 'either' },
  { file: 'vector-format', arguments: ['--rows', '2000'], database: 'either' },
  { file: 'growth', arguments: ['--sizes', '3000,12000', '--memory', '256MB'], database: 'either' },
  { file: 'start', arguments: ['--rows', '3000', '--starts', '3'], database: 'either' },
];

const { values: options } = parseArgs({
  options: { database: { type: 'string' }, only: { type: 'string' } },
});
const failed: string[] = [];
for (const benchmark of BENCHMARKS) {
  if (options.only !== undefined && options.only !== benchmark.file) continue;
  if (benchmark.database === 'server' && options.database === undefined) {
    console.log(`\n## ${benchmark.file}: left out, it needs --database\n`);
    continue;
  }
  console.log(`\n## npx tsx bench/${benchmark.file}.ts ${benchmark.arguments.join(' ')}\n`);
  const isDone =
    benchmark.database === 'none' || options.database === undefined
      ? run(benchmark)
      : await withEmptyDatabase(options.database, benchmark.file, (url) => run(benchmark, url));
  if (!isDone) failed.push(benchmark.file);
}
if (failed.length > 0) throw new Error(`Ended with an error: ${failed.join(', ')}.`);

function run({ file, arguments: given }: Benchmark, databaseUrl?: string): boolean {
  const script = fileURLToPath(new URL(`${file}.ts`, import.meta.url));
  const where = databaseUrl === undefined ? [] : ['--database', databaseUrl];
  const { status } = spawnSync(process.execPath, [...process.execArgv, script, ...given, ...where], {
    stdio: 'inherit',
  });
  return status === 0;
}

async function withEmptyDatabase(
  serverUrl: string,
  benchmark: string,
  work: (url: string) => boolean,
): Promise<boolean> {
  const name = `pictograph_bench_${benchmark.replaceAll('-', '_')}_${process.pid}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    return work(url.href);
  } finally {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.end();
  }
}
