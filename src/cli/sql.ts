import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import type { SqlResult } from '../db/analyst-query.js';
import { describeRelation, LIST_ANALYTICS } from '../db/analytics-catalogue.js';
import { splitStatements } from '../db/sql-statements.js';
import { messageOf, OperatorError } from '../errors.js';
import { jsonLine } from './printable.js';
import type { SqlRunner } from './sql-runner.js';
import { sqlObjects, sqlTable } from './sql-table.js';

interface Options {
  readonly command?: string;
  readonly json: boolean;
  readonly write: boolean;
}

export function sqlCommand(): Command {
  return new Command('sql')
    .description('Runs SQL over the schema analytics: at a prompt, from standard input, or with -c.')
    .option('-c, --command <sql>', 'run this, and end')
    .option('--json', 'print one JSON object a row', false)
    .option('--write', 'run statements with every right, and keep what they change', false)
    .action(async ({ command, json, write }: Options) => {
      const print = (result: SqlResult): void => {
        if (json) for (const row of sqlObjects(result)) console.log(jsonLine(row));
        else console.log(sqlTable(result));
      };
      const { openSqlRunner } = await import('./sql-runner.js');
      const runner = await openSqlRunner(write);
      try {
        if (command === undefined && process.stdin.isTTY) await prompt(runner, print);
        else await runAll(runner, command ?? (await text(process.stdin)), print);
      } finally {
        await runner.close();
      }
    });
}

async function runAll(runner: SqlRunner, sql: string, print: (result: SqlResult) => void): Promise<void> {
  const { statements, rest } = splitStatements(sql);
  for (const statement of rest === '' ? statements : [...statements, rest]) {
    try {
      print(await runner.run(statement));
    } catch (error) {
      const { describeError } = await import('./sql-error.js');
      const described = describeError(error);
      throw described === undefined ? error : new OperatorError(described, 1, { cause: error });
    }
  }
}

const HELP = `Statements end with a semicolon. \\d lists what there is, \\d NAME the columns of a view, \\q ends.
docs/sql-analytics.md has questions with their SQL.`;

async function prompt(runner: SqlRunner, print: (result: SqlResult) => void): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  let waiting = '';
  const ask = (): void => {
    terminal.setPrompt(waiting === '' ? 'analytics=> ' : 'analytics-> ');
    terminal.prompt();
  };
  terminal.on('SIGINT', () => {
    waiting = '';
    process.stdout.write('\n');
    ask();
  });
  console.log(HELP);
  ask();
  for await (const line of terminal) {
    const [, verb, name = ''] = waiting === '' ? (/^\s*\\(\S+)\s*(.*?)[\s;]*$/.exec(line) ?? []) : [];
    if (verb === 'q') break;
    const { statements, rest } =
      verb === undefined
        ? splitStatements(`${waiting}${line}\n`)
        : { statements: shortcut(verb, name), rest: '' };
    waiting = rest === '' ? '' : `${rest}\n`;
    for (const statement of statements) {
      try {
        print(await runner.run(statement));
      } catch (error) {
        const { describeError } = await import('./sql-error.js');
        console.log(describeError(error) ?? messageOf(error));
        break;
      }
    }
    ask();
  }
  terminal.close();
}

function shortcut(verb: string, name: string): string[] {
  if (verb === 'd' || verb === 'd+') return [name === '' ? LIST_ANALYTICS : describeRelation(name)];
  console.log(HELP);
  return [];
}

/** What PostgreSQL says, with its advice; undefined for what is not an error of PostgreSQL. */
