import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { request } from '../support/graphql-client.js';
import { endPrograms, PROJECT_ROOT, runProgram, startProgram } from '../support/program.js';

/** What the documentation shows must work as it stands: queries with the answers beside them, and commands. */
const DOCUMENTS = [
  'README.md',
  'docs/architecture.md',
  'docs/classification.md',
  'docs/browsing.md',
  'docs/duplicates.md',
  'docs/models.md',
  'docs/operations.md',
  'docs/search.md',
  'docs/saved-searches.md',
  'docs/sql-analytics.md',
];

interface Block {
  readonly language: string;
  readonly text: string;
}

async function blocks(document: string): Promise<Block[]> {
  const text = await readFile(path.join(PROJECT_ROOT, document), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = '', content = '']) => ({
    language,
    text: content,
  }));
}

let data: string;
let url: string;
let database: TestDatabase;
let analyst: pg.Client;
let closeAnalyst = (): Promise<void> => Promise.resolve();

beforeAll(async () => {
  data = await mkdtemp(path.join(os.tmpdir(), 'pictograph-docs-'));
  database = await createTestDatabase();
  const demo = startProgram(['demo', '--data', data], { PORT: '0', ANALYTICS_PORT: '0' });
  [, url = ''] = await demo.waitFor(/Pictograph is ready: (http:\/\/127\.0\.0\.1:\d+)\/graphql/);
  const [, port] = await demo.waitFor(/^SQL: psql "host=127\.0\.0\.1 port=(\d+) /m);
  analyst = new pg.Client({
    host: '127.0.0.1',
    port: Number(port),
    user: 'pictograph_analyst',
    password: (await readFile(path.join(data, 'analytics-password'), 'utf8')).trim(),
    database: 'pictograph',
  });
  await analyst.connect();
  closeAnalyst = () => analyst.end();
});
afterAll(async () => {
  await closeAnalyst();
  await endPrograms();
  await rm(data, { recursive: true, force: true });
  await database.drop();
});

/** Variables that a query says to be ids: `# $car is the id of automobile.jpg`, `# $cars is the id of the saved search Red cars`. */
async function namedIds(query: string): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const [, name = '', filename = ''] of query.matchAll(/^# \$(\w+) is the id of (\S+)$/gm)) {
    const { images } = await request<{ images: { nodes: { id: string; filename: string }[] } }>(
      url,
      'query ($filename: String) { images(filter: { filename: $filename }) { nodes { id filename } } }',
      { filename },
    );
    ids[name] = images.nodes.find((image) => image.filename === filename)?.id ?? '';
  }
  for (const [, name = '', saved] of query.matchAll(/^# \$(\w+) is the id of the saved search (.+)$/gm)) {
    const { savedSearch } = await request<{ savedSearch: { id: string } | null }>(
      url,
      'query ($name: String) { savedSearch(name: $name) { id } }',
      { name: saved },
    );
    ids[name] = savedSearch?.id ?? '';
  }
  return ids;
}

/** Addresses name the port that this run happens to have; times and ids are of the moment. */
function comparable(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer).replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:4000'),
    (key, value: unknown) => {
      if (/Ms$|At$|^id$|Cursor$|^cursor$/.test(key)) return `a ${typeof value}`;
      return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(2)) : value;
    },
  );
}

const cells = (line: string): string[] => line.split(' | ').map((cell) => cell.trim());

const isDecimal = (value: string | null): value is string => value !== null && /^-?\d+\.\d+$/.test(value);
const number = (value: string | null): unknown => (isDecimal(value) ? Number(value) : value);

/** Similarities differ in their last digits between machines. */
const rounded = (value: string): unknown => (isDecimal(value) ? expect.closeTo(Number(value), 1) : value);

describe.each(DOCUMENTS)('%s', (document) => {
  it('shows queries that answer as it says', async () => {
    const all = await blocks(document);
    const queries = all.filter(({ language }) => language === 'graphql');
    if (document === 'README.md') expect(queries.length).toBeGreaterThan(2);
    for (const [index, block] of all.entries()) {
      if (block.language !== 'graphql') continue;
      const ask = async () =>
        comparable({ data: await request(url, block.text, await namedIds(block.text)) });
      const shown = all[index + 1];
      if (shown?.language !== 'json') await ask();
      else if (block.text.startsWith('mutation'))
        expect(await ask()).toEqual(comparable(JSON.parse(shown.text)));
      // What a mutation began in the background may take a moment.
      else await expect.poll(ask).toEqual(comparable(JSON.parse(shown.text)));
    }
  });

  it('shows SQL that answers as it says', async () => {
    const all = await blocks(document);
    for (const [index, block] of all.entries()) {
      if (block.language !== 'sql') continue;
      const ask = async () => {
        const { fields, rows } = await analyst.query<(string | null)[]>({
          text: block.text,
          rowMode: 'array',
          types: { getTypeParser: () => (value: string) => value },
        });
        return { names: fields.map(({ name }) => name), rows: rows.map((row) => row.map(number)) };
      };
      const shown = all[index + 1];
      if (shown?.language !== 'text') {
        await ask();
        continue;
      }
      const [head = '', , ...lines] = shown.text.trim().split('\n');
      const count = lines.length - 1;
      expect(lines.pop()).toBe(count === 1 ? '(1 row)' : `(${count} rows)`);
      // A label set is classified in the background.
      await expect
        .poll(ask, { message: block.text })
        .toEqual({ names: cells(head), rows: lines.map((line) => cells(line).map(rounded)) });
    }
  });

  it('shows commands that work', async () => {
    const all = await blocks(document);
    const lines = all.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.split('\n'));
    for (const line of lines) {
      const [, command] = /^npx pictograph (.+?)(?: +#.*)?$/.exec(line) ?? [];
      if (command === undefined) continue;
      const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain ?? '',
      );
      const { code, stderr } = await runProgram(args, {
        ...database.variables,
        CLIP_MODEL: 'pictogram-clip',
      });
      expect(code, `${line}\n${stderr}`).toBe(0);
    }
  });

  it('shows requests that curl can send', async () => {
    const all = await blocks(document);
    const commands = all
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => text.replaceAll(/\\\n/g, ' ').split('\n'))
      .filter((line) => line.startsWith('curl '));
    for (const command of commands) {
      const here = command.replaceAll('http://127.0.0.1:4000', url);
      const { stdout } = await promisify(execFile)(
        'sh',
        ['-c', here.replace('curl ', 'curl --silent --show-error ')],
        { cwd: PROJECT_ROOT },
      );
      const body = JSON.parse(stdout) as { errors?: unknown; data?: unknown };
      expect(body.errors, command).toBeUndefined();
      expect(body.data, command).toBeDefined();
    }
  });
});
