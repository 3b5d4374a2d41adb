import { z } from 'zod';

const databaseError = z.object({
  severity: z.string(),
  code: z.string(),
  message: z.string(),
  detail: z.string().optional(),
  hint: z.string().optional(),
});

/** What the database says of a statement that failed, for people; undefined where the error is not the database's. */
export function describeError(error: unknown): string | undefined {
  const parsed = databaseError.safeParse(error);
  if (!parsed.success) return undefined;
  const { message, code, detail, hint } = parsed.data;
  // The detail of an unknown text is only that text, for programs.
  const lines = [`ERROR: ${message}`, code === 'PGT01' ? undefined : detail, hint];
  return lines.filter((line) => line !== undefined).join('\n');
}
