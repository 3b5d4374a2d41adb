import { openApp, type App } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { createLogger } from '../../src/log.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { postGraphql, type GraphqlAnswer } from './graphql-client.js';

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

export type GraphQLBody<T> = GraphqlAnswer & { readonly data: T };

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
      graphql: async <T>(query: string, queryVariables?: Record<string, unknown>) =>
        (await postGraphql(url, query, queryVariables)).body as GraphQLBody<T>,
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
