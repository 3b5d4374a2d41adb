import { z } from 'zod';
import type { Queryable } from './database.js';
import { parseVector, vectorParameter } from './vector.js';
import { planned } from './planned.js';

const row = z.object({ text: z.string(), embedding: z.instanceof(Buffer) });

/** A statement takes at most 65,535 parameters; far fewer texts come at once. */
const ENTRIES_A_STATEMENT = 1_000;

/** Stored embeddings of texts, in one statement; texts that were never encoded are missing from the map. */
export async function findTextEmbeddings(
  queryable: Queryable,
  modelId: number,
  texts: readonly string[],
): Promise<ReadonlyMap<string, Float32Array>> {
  if (texts.length === 0) return new Map();
  // The hash finds the row by the primary key; the text proves that it is the right one.
  const { rows } = await queryable.query(
    planned(`/* textEmbeddings.find */
     SELECT t.text, vector_send(t.embedding) AS embedding
     FROM unnest($2::text[]) AS wanted (text)
     JOIN text_embeddings AS t ON t.model_id = $1::integer AND t.text_md5 = md5(wanted.text)::uuid AND t.text = wanted.text`),
    [modelId, texts],
  );
  return toMap(rows);
}

/**
 * Stores embeddings of texts, in one statement. Where another process was first, its embedding stays.
 *
 * @returns what is stored now for these texts; a text is missing only if a different one with the same hash was there before
 */
export async function storeTextEmbeddings(
  queryable: Queryable,
  modelId: number,
  entries: ReadonlyMap<string, Float32Array>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const stored = new Map<string, Float32Array>();
  // Rows in one order for everyone, so that two processes with the same texts never wait for each other in a circle.
  const all = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  for (let start = 0; start < all.length; start += ENTRIES_A_STATEMENT) {
    const part = all.slice(start, start + ENTRIES_A_STATEMENT);
    const values: unknown[] = [modelId];
    const tuples = part.map(([text, embedding]) => {
      const last = values.push(text, vectorParameter(embedding));
      return `($1::integer, $${last - 1}::text, $${last}::vector)`;
    });
    // DO NOTHING would not return the rows that are there; the update changes nothing and returns them.
    const sql = `/* textEmbeddings.store */
       INSERT INTO text_embeddings AS t (model_id, text, embedding) VALUES ${tuples.join(', ')}
       ON CONFLICT (model_id, text_md5) DO UPDATE SET embedding = t.embedding
       RETURNING t.text, vector_send(t.embedding) AS embedding`;
    // A search has one text; other numbers come in too many sizes to prepare each.
    const { rows } = await queryable.query(part.length === 1 ? planned(sql) : sql, values);
    for (const [text, embedding] of toMap(rows)) if (entries.has(text)) stored.set(text, embedding);
  }
  return stored;
}

function toMap(rows: readonly unknown[]): Map<string, Float32Array> {
  return new Map(
    rows.map((each) => {
      const { text, embedding } = row.parse(each);
      return [text, parseVector(embedding)];
    }),
  );
}
