import { z } from 'zod';
import type { Encoder } from '../../src/clip/encoder.js';
import type { Database } from '../../src/db/database.js';
import { registerModel, type ModelRow } from '../../src/db/models.js';
import { ensureVectorIndex, vectorIndexName } from '../../src/db/vector-index.js';
import { RequestError } from '../../src/errors.js';
import { createLogger } from '../../src/log.js';
import { createSearch } from '../../src/search/create-search.js';
import type { Search, SearchRequest, SearchResult } from '../../src/search/search.js';
import { createTextEmbeddings, type TextEmbeddings } from '../../src/search/text-embeddings.js';
import { createTestDatabase } from './database.js';
import { statementName } from './statement-name.js';
import { insertEmbeddedImages } from './vectors.js';

/** Search over a database of its own. */
export interface SearchCollection {
  readonly database: Database;
  readonly model: ModelRow;
  readonly search: Search;
  readonly textEmbeddings: TextEmbeddings;
  drop(): Promise<void>;
}

export async function openSearchCollection(encoder: Encoder): Promise<SearchCollection> {
  const testDatabase = await createTestDatabase();
  const database = await testDatabase.open();
  const model = await registerModel(database, encoder.card);
  const textEmbeddings = createTextEmbeddings({ database, encoder, modelId: model.id });
  return {
    database,
    model,
    textEmbeddings,
    search: createSearch({ database, encoder, textEmbeddings, model, log: createLogger('silent') }),
    drop: () => testDatabase.drop(),
  };
}

/** Inserts thousands of images; the index is made afterwards, which is many times faster. */
export async function fillCollection(
  { database, model }: SearchCollection,
  vectors: readonly Float32Array[],
  tagsOf?: (index: number) => readonly string[],
): Promise<number[]> {
  await database.pool.query(`DROP INDEX ${vectorIndexName(model.id)}`);
  const ids = await insertEmbeddedImages(database.pool, model.id, vectors, tagsOf);
  await ensureVectorIndex(database, model);
  await database.pool.query('ANALYZE');
  return ids;
}

/** A request with everything that a test does not care about. */
export function request(wanted: Partial<SearchRequest> & Pick<SearchRequest, 'query'>): SearchRequest {
  return { filter: {}, limit: 20, mode: 'AUTO', ...wanted };
}

/**
 * Follows the cursors to the end.
 *
 * @param between runs before each page but the first
 */
export async function allPages(
  search: Search,
  wanted: SearchRequest,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<SearchResult[]> {
  const pages: SearchResult[] = [];
  for (let after = wanted.after; ;) {
    const page = await search.search({ ...wanted, after });
    pages.push(page);
    if (!page.hasNextPage) return pages;
    after = page.matches.at(-1)?.position;
    if (after === undefined) throw new Error('An empty page says that another follows.');
    await between();
  }
}

/** A Database that notes the names of the statements which pass through it, in order. */
export function recordStatements(database: Database): { database: Database; statements: string[] } {
  const statements: string[] = [];
  const note = (statement: unknown) => {
    const text = z
      .union([z.string(), z.object({ text: z.string() }).transform((query) => query.text)])
      .parse(statement);
    statements.push(statementName(text) ?? text);
  };
  const recording = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, property) {
        const value: unknown = Reflect.get(object, property, object);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (property === 'query') note(args[0]);
          return Reflect.apply(value, object, args);
        };
      },
    });
  return {
    statements,
    database: {
      ...database,
      pool: recording(database.pool),
      async transaction(work) {
        note('/* transaction.begin */');
        const result = await database.transaction((client) => work(recording(client)));
        note('/* transaction.commit */');
        return result;
      },
      async together(send) {
        note('/* transaction.begin */');
        const result = await database.together((client) => send(recording(client)));
        note('/* transaction.commit */');
        return result;
      },
    },
  };
}

/** The RequestError that a request ends with. */
export async function refusal(promise: Promise<unknown>): Promise<RequestError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RequestError)) throw new Error(`Expected a RequestError, got ${String(error)}`);
  return error;
}
