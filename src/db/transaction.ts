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
    // PostgreSQL answers a COMMIT with ROLLBACK when the transaction had failed.
    const { command } = await client.query('/* transaction.commit */ COMMIT');
    if (command !== 'COMMIT')
      throw new Error('The transaction was rolled back, because a statement in it had failed.');
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
