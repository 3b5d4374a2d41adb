import { z } from 'zod';
import type { Queryable } from './database.js';
import { imageFilterSql, type ImageFilter } from './image-filter.js';
import { int8 } from './images.js';
import { parameter, searchSetSql, type SearchSet } from './search-set.js';
import { vectorParameter } from './vector.js';

/** Saved searches that share a filter. */
export interface FilteredSearches {
  readonly filter: ImageFilter;
  readonly searches: readonly {
    readonly id: number;
    /** Undefined: whatever is in the filter falls within the search. */
    readonly leastSimilarity: number | undefined;
  }[];
}

/** An image within a saved search. */
export interface SavedSearchHit {
  readonly searchId: number;
  readonly imageId: number;
  /** Cosine distance, from 0 to 2. */
  readonly distance: number;
}

const hitRow = z.object({ search_id: int8, image_id: int8, distance: z.number() });
const goneRow = z.object({ search_id: int8, image_id: z.null(), distance: z.null() });
const row = z.union([hitRow, goneRow]);

/**
 * Which of these images fall within which saved searches: READY, in the filter, and at least as similar as the search
 * asks for. One statement, with one part for each filter; it touches no other images.
 *
 * @param groups saved searches of this model
 * @returns the hits by image, and the searches that are not there any more
 */
export async function findSavedSearchHits(
  db: Queryable,
  modelId: number,
  groups: readonly FilteredSearches[],
  imageIds: readonly number[],
): Promise<{ hits: SavedSearchHit[]; gone: number[] }> {
  const values: unknown[] = [];
  const images = parameter(values, imageIds, 'bigint[]');
  const model = parameter(values, modelId, 'integer');
  const all = parameter(
    values,
    groups.flatMap(({ searches }) => searches.map(({ id }) => id)),
    'bigint[]',
  );
  const parts = groups.map(({ filter, searches }) => {
    const ids = searches.map(({ id }) => id);
    const least = searches.map(({ leastSimilarity }) => leastSimilarity ?? null);
    const watched = `unnest(${parameter(values, ids, 'bigint[]')}, ${parameter(values, least, 'float8[]')})`;
    const condition = imageFilterSql(filter, values.length + 1);
    values.push(...condition.values);
    // Vectors of two lengths must never meet, not even in a plan that compares first: both sides name the model.
    return `
     SELECT s.id AS search_id, e.image_id, e.embedding <=> s.embedding AS distance
     FROM ${watched} AS watched (id, least)
     JOIN searches s ON s.id = watched.id
     JOIN image_embeddings e ON e.image_id = ANY(${images}) AND e.model_id = ${model}
     JOIN images i ON i.id = e.image_id
     WHERE s.model_id = ${model} AND i.status = 'READY'
       AND (watched.least IS NULL OR 1 - (e.embedding <=> s.embedding) >= watched.least) AND (${condition.sql})`;
  });
  const { rows } = await db.query(
    `/* savedSearches.hits */
     SELECT watched.id AS search_id, NULL::bigint AS image_id, NULL::float8 AS distance
     FROM unnest(${all}) AS watched (id)
     WHERE NOT EXISTS (SELECT FROM searches s WHERE s.id = watched.id)
     UNION ALL ${parts.join('\n     UNION ALL ')}
     ORDER BY image_id, search_id`,
    values,
  );
  const hits: SavedSearchHit[] = [];
  const gone: number[] = [];
  for (const each of rows.map((found) => row.parse(found))) {
    if (each.image_id === null) gone.push(each.search_id);
    else hits.push({ searchId: each.search_id, imageId: each.image_id, distance: each.distance });
  }
  return { hits, gone };
}

/** How many images of the set come before a match in the order of matches. Compares all of them. */
export async function countNearerMatches(
  db: Queryable,
  set: SearchSet,
  match: { readonly distance: number; readonly id: number },
): Promise<number> {
  const values: unknown[] = [];
  const { source, conditions } = searchSetSql(set, values);
  const distance = `e.embedding <=> ${parameter(values, vectorParameter(set.vector), 'vector')}`;
  const place = `(${parameter(values, match.distance, 'float8')}, ${parameter(values, match.id, 'bigint')})`;
  const { rows } = await db.query(
    `/* savedSearches.countNearer */
     SELECT count(*)::integer AS count
     FROM ${source}
     WHERE ${conditions} AND (${distance}, e.image_id) < ${place}`,
    values,
  );
  return z.object({ count: z.int() }).parse(rows[0]).count;
}
