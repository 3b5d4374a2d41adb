import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BareStatement } from './bare-sql.js';

/**
 * Statements of Pictograph as a script for pgbench: a vector is that of a stored text, another one each time, and every other
 * parameter is what it was.
 *
 * @param statements of one search
 * @param known the texts, called like `textPrefix` and a number from 0
 */
export function pgbenchScript(
  statements: readonly BareStatement[],
  known: { readonly modelId: number; readonly texts: number; readonly textPrefix: string },
): string {
  const vector = `(SELECT embedding FROM text_embeddings WHERE model_id = ${known.modelId} AND text_md5 = md5('${known.textPrefix}' || :text)::uuid)`;
  const literal = (value: unknown): string => {
    if (value === null || value === undefined) return 'NULL';
    if (Buffer.isBuffer(value)) return vector;
    if (Array.isArray(value)) return `'{${value.join(',')}}'`;
    if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
    return JSON.stringify(value);
  };
  const lines = statements.map(({ text, values }) =>
    text
      .replaceAll(/--.*$/gm, '')
      .replaceAll(/\$(\d+)/g, (_, number: string) => literal(values[Number(number) - 1]))
      .replaceAll(/\s+/g, ' '),
  );
  return [`\\set text random(0, ${known.texts - 1})`, ...lines.map((line) => `${line};`)].join('\n');
}

const TPS = /^tps = ([\d.]+)/m;

/**
 * Runs a script by many clients at once, with prepared statements.
 *
 * @param transactions in all
 * @returns how many times a second
 */
export async function pgbench(
  program: string,
  asked: {
    readonly database: string;
    readonly script: string;
    readonly clients: number;
    readonly transactions: number;
  },
): Promise<number> {
  const each = Math.ceil(asked.transactions / asked.clients);
  const parameters = [
    '-n',
    '-M',
    'prepared',
    '-j',
    '2',
    '-c',
    `${asked.clients}`,
    '-t',
    `${each}`,
    '-f',
    asked.script,
  ];
  const { stdout } = await promisify(execFile)(program, [...parameters, asked.database]);
  const rate = Number(TPS.exec(stdout)?.[1]);
  if (!Number.isFinite(rate)) throw new Error(`pgbench printed no rate: ${stdout}`);
  return rate;
}
