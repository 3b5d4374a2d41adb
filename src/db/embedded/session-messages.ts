import { z } from 'zod';

/** What the thread needs to know to open the database. */
export const sessionOptions = z.object({ folder: z.string(), code: z.instanceof(WebAssembly.Module) });
export type SessionOptions = z.infer<typeof sessionOptions>;

/** What the main thread asks of the thread that PostgreSQL runs in. One request at a time. */
export type SessionRequest =
  { readonly kind: 'execute'; readonly batch: Uint8Array } | { readonly kind: 'close' };

/** What it answers. */
export type SessionReport =
  | { readonly kind: 'ready'; readonly serverVersion: string }
  | { readonly kind: 'reply'; readonly reply: Uint8Array }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'closed' };
