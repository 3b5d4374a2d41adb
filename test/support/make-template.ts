import { migrate } from '../../src/db/migrate.js';
import { openDatabase } from '../../src/db/open.js';
import { createLogger } from '../../src/log.js';

/** Makes an embedded database that is migrated and has nothing in it, in the folder of the first argument. */
const [dataFolder] = process.argv.slice(2);
if (dataFolder === undefined) throw new Error('usage: make-template FOLDER');
const log = createLogger('warn');
const database = await openDatabase({ databaseUrl: undefined, dataFolder, poolSize: 4, log });
await migrate(database, log);
await database.close();
