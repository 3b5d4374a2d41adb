import type pg from 'pg';

/** What node-postgres calls on a query of one's own. */
interface DescribeQuery extends pg.Submittable {
  handleRowDescription(message: { fields: pg.FieldDef[] }): void;
  handleError(error: Error): void;
  handleReadyForQuery(): void;
}

/**
 * Has PostgreSQL parse one statement without running it.
 *
 * @returns its columns; undefined when it returns no rows
 * @throws DatabaseError as PostgreSQL puts it: for a mistake, with its position, and for more than one statement
 */
export function describeStatement(
  client: pg.ClientBase,
  text: string,
): Promise<readonly pg.FieldDef[] | undefined> {
  return new Promise((resolve, reject) => {
    let fields: readonly pg.FieldDef[] | undefined;
    const query: DescribeQuery = {
      submit(connection) {
        connection.parse({ name: '', text, types: [] }, true);
        connection.describe({ type: 'S', name: '' }, true);
        connection.sync();
      },
      handleRowDescription(message) {
        fields = message.fields;
      },
      handleError: reject,
      handleReadyForQuery() {
        resolve(fields);
      },
    };
    client.query(query);
  });
}
