import type { Config } from '../config.js';
import { countApiKeys, findApiKeyByHash } from '../db/api-keys.js';
import type { Database } from '../db/database.js';
import type { Services } from '../graphql/context.js';
import type { Logger } from '../log.js';
import { Degraded } from './health.js';
import { listen, type Server } from './listen.js';

export type { Server };

/**
 * Begins to answer HTTP and WebSocket requests.
 *
 * @throws OperatorError when the port is taken or may not be opened, or when others could reach the server and nobody
 *   is asked for a key
 */
export function startServer(deps: {
  config: Config;
  services: Services;
  database: Database;
  /** The encoder, as far as health is concerned. */
  encoder: { ready(): Promise<void> };
  log: Logger;
}): Promise<Server> {
  const { config, services, database, encoder, log } = deps;
  return listen({
    config,
    services,
    keys: {
      count: () => countApiKeys(database),
      roleOf: async (sha256) => (await findApiKeyByHash(database, sha256))?.role,
    },
    checks: {
      // The smallest table: it answers only when the database is there and migrated.
      database: () => countApiKeys(database),
      encoder: () => encoder.ready(),
      search: async () =>
        (await services.search.probe())
          ? undefined
          : new Degraded('The vector index is missing or invalid. Run `pictograph reindex`, or restart.'),
    },
    log,
  });
}
