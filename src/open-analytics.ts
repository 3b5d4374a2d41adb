import type { Config } from './config.js';
import { describeAsAnalyst, runAsAnalyst } from './db/analyst-query.js';
import type { Database } from './db/database.js';
import { openAnalyticsPort, type AnalyticsPort } from './db/embedded/analytics-port.js';
import { analyticsPassword } from './db/embedded/analytics-password.js';
import { createLimiter } from './limiter.js';
import type { Logger } from './log.js';
import type { TextEmbeddings } from './search/text-embeddings.js';

/** Nothing that runs on the embedded database can be cancelled, and everything else waits for it. */
const STATEMENT_LIMIT_MS = 30_000;

/**
 * Lets psql and other programs read `analytics` of the embedded database, on this machine. Texts that they ask for are encoded.
 *
 * @throws OperatorError when the port is taken or may not be opened
 */
export async function openAnalytics(dependencies: {
  readonly config: Config;
  readonly database: Database;
  readonly embed: TextEmbeddings['embed'];
  readonly log: Logger;
}): Promise<AnalyticsPort> {
  const { config, database, embed, log } = dependencies;
  const { rows } = await database.pool.query<{ version: string }>(
    "/* openAnalytics.version */ SELECT current_setting('server_version') AS version",
  );
  // The database runs one at a time anyway; those that wait must not hold the connections that searches need.
  const oneByOne = createLimiter(1);
  const port = await openAnalyticsPort({
    port: config.analytics.port ?? 0,
    password: await analyticsPassword(config),
    serverVersion: rows[0]?.version ?? '',
    backend: {
      run: (statement, settings) =>
        oneByOne(() =>
          runAsAnalyst(database, statement, {
            settings,
            limitMs: STATEMENT_LIMIT_MS,
            encode: (text) => embed([text]),
          }),
        ),
      describe: (statement, settings) => oneByOne(() => describeAsAnalyst(database, statement, settings)),
    },
    log,
  });
  log.info({ port: port.port }, 'psql can read the schema analytics at this port of 127.0.0.1');
  return port;
}
