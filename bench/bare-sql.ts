import pg from 'pg';
import { z } from 'zod';
import { statementName } from '../test/support/statement-name.js';

/** A statement as it went to the database. */
export interface BareStatement {
  readonly name: string;
  readonly text: string;
  /** Whether it was prepared, which whoever sends the very same does too. */
  readonly prepared: boolean;
  readonly values: unknown[];
}

const values = z.array(z.unknown()).default([]);

/**
 * The statements that this process sends while `work` runs, in order, so that a baseline can send the very same. Look-ups of API
 * keys are left out: they are remembered for seconds.
 */
export async function recordSql(work: () => Promise<unknown>): Promise<BareStatement[]> {
  const statements: BareStatement[] = [];
  const note = (statement: unknown, given: unknown) => {
    const text = z.object({ text: z.string() }).safeParse(statement).data?.text ?? statement;
    const name = typeof text === 'string' ? statementName(text) : undefined;
    if (typeof text !== 'string' || name === undefined || name.startsWith('apiKeys.')) return;
    const prepared = typeof statement !== 'string';
    statements.push({ name, text, prepared, values: values.parse(given) });
  };
  const client = pg.Client.prototype;
  const original = Reflect.get(client, 'query') as (...args: unknown[]) => unknown;
  Reflect.set(client, 'query', function (this: pg.Client, ...args: unknown[]) {
    note(args[0], Array.isArray(args[1]) ? args[1] : undefined);
    return Reflect.apply(original, this, args);
  });
  try {
    await work();
  } finally {
    Reflect.set(client, 'query', original);
  }
  return statements;
}
