import type pg from 'pg';
import { z } from 'zod';
import { statementName } from '../test/support/statement-name.js';

/** A statement as it went to the database. */
export interface BareStatement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/**
 * The statements that `work` sends through the pool itself, in order, so that a baseline can send the very same. Look-ups of API
 * keys are left out: they are remembered for seconds.
 */
export async function recordSql(pool: pg.Pool, work: () => Promise<unknown>): Promise<BareStatement[]> {
  const statements: BareStatement[] = [];
  const note = (text: unknown, values: unknown) => {
    const name = typeof text === 'string' ? statementName(text) : undefined;
    if (typeof text !== 'string' || name === undefined || name.startsWith('apiKeys.')) return;
    statements.push({ name, text, values: z.array(z.unknown()).parse(values ?? []) });
  };
  const original = Reflect.get(pool, 'query') as (...args: unknown[]) => unknown;
  Reflect.set(pool, 'query', (...args: unknown[]) => {
    note(args[0], args[1]);
    return Reflect.apply(original, pool, args);
  });
  try {
    await work();
  } finally {
    Reflect.set(pool, 'query', original);
  }
  return statements;
}
