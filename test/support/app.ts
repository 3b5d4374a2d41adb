import { openApp, type App } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { createLogger } from '../../src/log.js';
import { createTestDatabase, type TestDatabase } from './database.js';

/** A whole Pictograph in this process, on a database of its own, with the bundled model. */
export interface TestApp {
  readonly app: App;
  readonly database: TestDatabase;
  readonly url: string;
  /** Sends an operation over HTTP and returns the body, errors included. */
  graphql<T = Record<string, unknown>>(
    query: string,
    variables?: Record<string, unknown>,
  ): Promise<GraphQLBody<T>>;
  close(): Promise<void>;
}

export interface GraphQLBody<T> {
  readonly data: T;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string } & Record<string, unknown>;
  }[];
}

/** @param variables environment variables on top of the test database's; LOG_LEVEL is `silent` unless given */
export async function startTestApp(variables: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  const database = await createTestDatabase();
  try {
    const config = loadConfig(
      {},
      {
        PORT: '0',
        CLIP_MODEL: 'pictogram-clip',
        CLIP_VISION_WORKERS: '1',
        LOG_LEVEL: 'silent',
        ...database.variables,
        ...variables,
      },
    );
    const app = await openApp(config, createLogger(config.logLevel));
    await app.work();
    const { url } = await app.listen();
    return {
      app,
      database,
      url,
      async graphql<T>(query: string, queryVariables: Record<string, unknown> = {}) {
        const response = await fetch(`${url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query, variables: queryVariables }),
        });
        return (await response.json()) as GraphQLBody<T>;
      },
      async close() {
        await app.close();
        await database.drop();
      },
    };
  } catch (error) {
    await database.drop();
    throw error;
  }
}
