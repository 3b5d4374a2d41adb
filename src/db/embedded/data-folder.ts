import { access, constants, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, messageOf, OperatorError } from '../../errors.js';

/** The major version of PostgreSQL that PGlite carries; its files are only read by the same one. */
export const POSTGRES_MAJOR = '18';
const POSTGRES_FOLDER = 'postgres';
const UNFINISHED_MARK = 'postgres.unfinished';

/**
 * Makes sure that there is a folder to write to.
 *
 * @throws OperatorError when there is not
 */
export async function ensureDataFolder(dataFolder: string): Promise<void> {
  try {
    await mkdir(dataFolder, { recursive: true });
    await access(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new OperatorError(
      `The data folder ${dataFolder} cannot be used: ${messageOf(error)}. PICTOGRAPH_DATA has to name a folder that ` +
        'Pictograph may write to, or one that it may create.',
      1,
      { cause: error },
    );
  }
}

/** Where the PostgreSQL files lie. To be called by the holder of the folder's lock only. */
export interface PostgresFolder {
  readonly folder: string;
  /** To be called once the database could be opened. */
  finish(): Promise<void>;
}

/**
 * Looks at what is in the data folder before PostgreSQL does.
 *
 * @throws OperatorError when it is the database of another major version, or no database at all
 */
export async function preparePostgresFolder(dataFolder: string): Promise<PostgresFolder> {
  const folder = path.join(dataFolder, POSTGRES_FOLDER);
  const mark = path.join(dataFolder, UNFINISHED_MARK);
  const finish = (): Promise<void> => rm(mark, { force: true });

  // The first opening was cut off while it wrote the new database: nobody can have stored anything in it.
  if (await exists(mark)) await rm(folder, { recursive: true, force: true });

  const version = await readFile(path.join(folder, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined) {
    await refuseForeignContent(folder);
    await writeFile(mark, 'The database in the folder "postgres" is being created.\n');
  } else if (version.trim() !== POSTGRES_MAJOR) {
    throw new OperatorError(
      `The database in ${folder} was made by PostgreSQL ${version.trim()}; this Pictograph carries PostgreSQL ` +
        `${POSTGRES_MAJOR} and cannot read it. Start the Pictograph version that made it, or choose another folder with ` +
        'PICTOGRAPH_DATA and ingest the images again.',
    );
  }
  return { folder, finish };
}

async function refuseForeignContent(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw new OperatorError(`${folder} should be a folder with the database: ${messageOf(error)}.`, 1, {
      cause: error,
    });
  });
  if (entries.length === 0) return;
  throw new OperatorError(
    `The folder ${folder} has files in it but is no PostgreSQL database (it has no file PG_VERSION). Move it away, or ` +
      'choose another folder with PICTOGRAPH_DATA.',
  );
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
