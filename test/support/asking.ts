import type { z } from 'zod';
import type { TestApp } from './app.js';

/** Short ways to ask an app over GraphQL. */
export interface Asking {
  /** Sends an operation that must succeed, and parses its data. */
  readonly ask: <T>(schema: z.ZodType<T>, query: string, variables?: Record<string, unknown>) => Promise<T>;
  /** Sends an operation; the code of its first error. */
  readonly codeOf: (query: string, variables?: Record<string, unknown>) => Promise<string | undefined>;
}

export function asking(app: Pick<TestApp, 'graphql'>): Asking {
  return {
    async ask(schema, query, variables) {
      const { data, errors } = await app.graphql(query, variables);
      if (errors) throw new Error(JSON.stringify(errors));
      return schema.parse(data);
    },
    async codeOf(query, variables) {
      const { errors } = await app.graphql(query, variables);
      return errors?.[0]?.extensions.code;
    },
  };
}
