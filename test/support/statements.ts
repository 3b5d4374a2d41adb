import pg from 'pg';
import { vi } from 'vitest';
import { statementName } from './statement-name.js';

/** A statement as it went to the database. */
export interface SentStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A row as it came over the wire: what PostgreSQL wrote, before anything parsed it. */
export interface AnsweredRow {
  readonly text: string;
  readonly fields: readonly unknown[];
}

/** Statements of background work, and those that come every few seconds at most, with whatever is asked just then. */
const OTHERS = /^(jobs|listener|gateway|worker|searchLog\.append|apiKeys)/i;

/** The two ends of a statement's way through node-postgres, whoever sends it; its types leave them out. */
interface Query {
  readonly text: string;
  readonly values?: readonly unknown[];
  submit(this: Query, connection: unknown): unknown;
  handleDataRow(this: Query, message: { readonly fields: readonly unknown[] }): void;
}
const query = pg.Query.prototype as unknown as Query;

/** The statements that this process sends meanwhile, whoever sends them, and the rows of their answers. */
export async function recordWire(
  work: () => Promise<unknown>,
): Promise<{ sent: readonly SentStatement[]; answered: readonly AnsweredRow[] }> {
  const submitted = vi.spyOn(query, 'submit');
  const received = vi.spyOn(query, 'handleDataRow');
  try {
    await work();
    return {
      sent: submitted.mock.contexts.map(({ text, values }) => ({ text, values: values ?? [] })),
      answered: received.mock.calls.map(([{ fields }], index) => ({
        text: received.mock.contexts[index]?.text ?? '',
        fields,
      })),
    };
  } finally {
    submitted.mockRestore();
    received.mockRestore();
  }
}

/** The names of the statements of `src/db` that run in this process meanwhile because of it; sorted. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const { sent } = await recordWire(work);
  return sent
    .map(({ text }) => statementName(text))
    .filter((name) => name !== undefined)
    .filter((name) => !OTHERS.test(name))
    .sort();
}
