import pg from 'pg';
import { vi } from 'vitest';
import { z } from 'zod';
import { statementName } from './statement-name.js';

/** Statements of background work, and those that come every few seconds at most, with whatever is asked just then. */
const OTHERS = /^(jobs|listener|gateway|worker|searchLog\.append|apiKeys)/i;

/** The names of the statements of `src/db` that run in this process meanwhile because of it; sorted. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockName('query');
  try {
    await work();
    return (spy.mock.calls as unknown[][])
      .map(([statement]) => nameOf(statement))
      .filter((name) => name !== undefined)
      .filter((name) => !OTHERS.test(name))
      .sort();
  } finally {
    spy.mockRestore();
  }
}

function nameOf(statement: unknown): string | undefined {
  const text = z.object({ text: z.string() }).safeParse(statement).data?.text ?? statement;
  return typeof text === 'string' ? statementName(text) : undefined;
}
