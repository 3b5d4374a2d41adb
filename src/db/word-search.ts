import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8 } from './images.js';
import { parameter, searchSetSql, type SearchSet } from './search-set.js';
import { vectorParameter } from './vector.js';

/** An image with some of the words that were looked for. */
export interface WordMatch {
  readonly imageId: number;
  /** Cosine distance of the image and the query vector, from 0 to 2. */
  readonly distance: number;
}

/** Each word costs an index scan; CLIP itself reads at most 77 tokens. */
const MAX_WORDS = 32;
/** Images with a word are counted up to here. A word that more have says so little that it alone brings no image in. */
const COUNTED_IMAGES = 10_000;
/** What a word is worth in a file name (C), a tag (B) and the title (A), in the order in which PostgreSQL wants it: D, C, B, A. */
const WEIGHTS = '{0, 0.4, 0.8, 1}';

const words = { words: z.array(z.string()) };
const row = z.union([
  z.object({ ...words, image_id: z.null(), distance: z.null() }),
  z.object({ ...words, image_id: int8, distance: z.number() }),
]);

/**
 * Images of the set with at least one word of a text in their title, tags or file name. A word counts the more, the fewer
 * images have it (PostgreSQL's own ranking knows no such weight, and "a" would count like "walrus"): ln(1 + 10,000 / images)
 * times the rank of the word in the image. Ties by distance from the set's vector, then by id. One statement.
 *
 * @returns the words as they were compared, in the order of the text, and at most `limit` images, best first
 */
export async function findByWords(
  database: Queryable,
  set: SearchSet,
  text: string,
  limit: number,
): Promise<{ words: readonly string[]; matches: readonly WordMatch[] }> {
  const values: unknown[] = [];
  const { source, conditions } = searchSetSql(set, values, true);
  const { rows } = await database.query(
    `/* search.findByWords */
     WITH wanted AS MATERIALIZED (
       SELECT word, min(place) AS place, plainto_tsquery('simple', word) AS query
       FROM regexp_split_to_table(fold_words(${parameter(values, text, 'text')}), ' ') WITH ORDINALITY AS split (word, place)
       WHERE numnode(plainto_tsquery('simple', word)) > 0
       GROUP BY word ORDER BY place, word LIMIT ${MAX_WORDS}
     ), counted AS MATERIALIZED (
       SELECT query, (
         SELECT count(*)::integer FROM (
           SELECT FROM images AS i WHERE i.words @@ wanted.query LIMIT ${COUNTED_IMAGES + 1}
         ) AS having_it
       ) AS images
       FROM wanted
     ), telling AS MATERIALIZED (
       SELECT string_agg(query::text, ' | ')::tsquery AS query
       FROM counted
       WHERE images <= ${COUNTED_IMAGES} OR ${COUNTED_IMAGES} < (SELECT min(images) FROM counted WHERE images > 0)
     ), best AS (
       SELECT e.image_id, e.embedding <=> ${parameter(values, vectorParameter(set.vector), 'vector')} AS distance, (
           SELECT sum(ln(1 + ${COUNTED_IMAGES}.0 / images) * ts_rank('${WEIGHTS}', i.words, query))
           FROM counted WHERE images > 0
         ) AS score
       FROM ${source}
       WHERE ${conditions} AND i.words @@ (SELECT query FROM telling)
       ORDER BY score DESC, distance, image_id
       LIMIT ${parameter(values, limit, 'integer')}
     )
     SELECT ARRAY(SELECT word FROM wanted ORDER BY place, word) AS words, image_id, distance
     FROM (VALUES (true)) AS always LEFT JOIN best ON true
     ORDER BY score DESC, distance, image_id`,
    values,
  );
  const parsed = rows.map((each) => row.parse(each));
  return {
    words: parsed[0]?.words ?? [],
    matches: parsed.flatMap(({ image_id: imageId, distance }) =>
      imageId === null ? [] : [{ imageId, distance }],
    ),
  };
}
