import { openDatabase } from '../../src/db/open.js';
import { messageOf } from '../../src/errors.js';
import { createLogger } from '../../src/log.js';

/**
 * Opens the embedded database in the folder of the first argument, prints `open` and keeps it until standard input ends.
 * Prints `refused: …` when it cannot be opened.
 */
const [dataFolder] = process.argv.slice(2);
if (dataFolder === undefined) throw new Error('usage: hold-database FOLDER');
try {
  const log = createLogger('silent');
  const database = await openDatabase({ databaseUrl: undefined, dataFolder, poolSize: 4, log });
  await database.pool.query('CREATE TABLE IF NOT EXISTS held (at timestamptz DEFAULT now())');
  await database.pool.query('INSERT INTO held DEFAULT VALUES');
  console.log('open');
  process.stdin.resume();
  process.stdin.once('end', () => void database.close());
} catch (error) {
  console.log(`refused: ${messageOf(error)}`);
}
