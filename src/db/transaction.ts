import type pg from 'pg';

/**
 * Runs `work` in one transaction on one client: commits when it resolves, rolls back when it rejects.
 *
 * @throws what `work` threw; Error when a statement failed and `work` went on as if nothing had happened
 */
export async function runTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('/* transaction.begin */ BEGIN');
    const result = await work(client);
    checkCommitted(await client.query('/* transaction.commit */ COMMIT'));
    return result;
  } catch (error) {
    await client.query('/* transaction.rollback */ ROLLBACK').catch((rollbackError: unknown) => {
      broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * Runs statements in one transaction and in one round trip: all that `send` begins before it first waits. None of them can depend on
 * the answer to another. Once one has failed, the others fail too.
 *
 * @throws what `send` threw; Error when a statement failed and `send` went on as if nothing had happened
 */
export async function runTogether<T>(pool: pg.Pool, send: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  setPipeline(client, true);
  const [begun, sent, ended] = await Promise.allSettled([
    client.query('/* transaction.begin */ BEGIN'),
    send(client),
    client.query('/* transaction.commit */ COMMIT'),
  ]);
  setPipeline(client, false);
  // A COMMIT is answered, if only with ROLLBACK, unless the connection is lost.
  client.release(ended.status === 'rejected');
  if (begun.status === 'rejected') throw begun.reason;
  if (sent.status === 'rejected') throw sent.reason;
  if (ended.status === 'rejected') throw ended.reason;
  checkCommitted(ended.value);
  return sent.value;
}

/** PostgreSQL answers a COMMIT with ROLLBACK when the transaction had failed. */
function checkCommitted({ command }: pg.QueryResult): void {
  if (command !== 'COMMIT')
    throw new Error('The transaction was rolled back, because a statement in it had failed.');
}

/**
 * Whether a connection sends a statement before the one before it was answered. node-postgres looks it up for each statement, and its
 * types know it as an option only. Not for good: what describes statements for analysts brings messages of its own, which it refuses
 * on such a connection.
 */
function setPipeline(client: pg.PoolClient, pipeline: boolean): void {
  Object.assign(client, { pipeline });
}
