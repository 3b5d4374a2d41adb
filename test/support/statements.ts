import pg from 'pg';
import { vi } from 'vitest';
import { z } from 'zod';

/** Statements that nobody who asks has to do with. */
const BACKGROUND = /^(jobs|listener|gateway|worker)/i;

/** The names of the statements of `src/db` that run in this process meanwhile, but for those of background work; sorted. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockName('query');
  try {
    await work();
    return (spy.mock.calls as unknown[][])
      .map(([statement]) => nameOf(statement))
      .filter((name) => name !== undefined)
      .filter((name) => !BACKGROUND.test(name))
      .sort();
  } finally {
    spy.mockRestore();
  }
}

function nameOf(statement: unknown): string | undefined {
  const text = z.object({ text: z.string() }).safeParse(statement).data?.text ?? statement;
  return typeof text === 'string' ? /^\s*\/\* (\S+) \*\//.exec(text)?.[1] : undefined;
}
