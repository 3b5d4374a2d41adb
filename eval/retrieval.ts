import type { Encoder } from '../src/clip/encoder.js';
import { dotProduct } from '../src/search/unit-vector.js';
import type { Drawing, FreeTextQuery } from './questions.js';

/** Drawings to search among, each with its picture's embedding. */
export interface Gallery {
  readonly drawings: readonly Drawing[];
  readonly embeddings: readonly Float32Array[];
}

/**
 * The place of the right picture among all, from 1. One that is as similar as another comes after it: a model that
 * gives everything the same vector finds nothing.
 *
 * @param right its index among the similarities
 */
export function rankOf(similarities: readonly number[], right: number): number {
  const own = similarities[right] ?? -Infinity;
  return similarities.filter((each, index) => each > own || (each === own && index !== right)).length + 1;
}

/** The share of ranks that are among the first `count`. */
export function recall(ranks: readonly number[], count: number): number {
  return ranks.filter((rank) => rank <= count).length / ranks.length;
}

/** A drawing, what was searched for it, and where it was found. */
export interface NameSearch {
  readonly drawing: Drawing;
  readonly text: string;
  readonly rank: number;
  /** Of the text and the drawing. */
  readonly similarity: number;
  /** The name of the picture that came first. */
  readonly first: string;
}

/**
 * Searches each drawing by its name.
 *
 * @param drawings which of the gallery's to search for
 * @param wording a drawing's name as it is typed
 */
export async function searchByName(
  encoder: Encoder,
  gallery: Gallery,
  drawings: readonly Drawing[],
  wording: (drawing: Drawing) => string,
): Promise<NameSearch[]> {
  const places = new Map(gallery.drawings.map((each, index) => [each, index]));
  const texts = drawings.map(wording);
  const vectors = await encoder.encodeTexts(texts);
  return drawings.map((drawing, index) => {
    const similarities = similaritiesWith(vectors[index], gallery);
    const place = places.get(drawing) ?? -1;
    return {
      drawing,
      text: texts[index] ?? '',
      rank: rankOf(similarities, place),
      similarity: similarities[place] ?? NaN,
      first: best(similarities, gallery, 1)[0]?.name ?? '',
    };
  });
}

/** As somebody types who leaves the marks out: `červené auto` is `cervene auto`. */
export function withoutDiacritics(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '');
}

/** A free-text query and what was found for it. */
export interface FreeTextSearch {
  readonly query: string;
  /** The first five, the most similar first. */
  readonly found: readonly Drawing[];
  readonly isRight: boolean;
}

/** How many are looked at for a right one. */
const FIRST = 5;

/** Asks the free-text queries. */
export async function searchFreely(
  encoder: Encoder,
  gallery: Gallery,
  queries: readonly FreeTextQuery[],
): Promise<FreeTextSearch[]> {
  const vectors = await encoder.encodeTexts(queries.map(({ query }) => query));
  return queries.map(({ query, right }, index) => {
    const found = best(similaritiesWith(vectors[index], gallery), gallery, FIRST);
    return { query, found, isRight: found.some((each) => right.has(each)) };
  });
}

function similaritiesWith(text: Float32Array | undefined, { embeddings }: Gallery): number[] {
  if (text === undefined) throw new Error('The encoder gave fewer vectors than it got texts.');
  return embeddings.map((embedding) => dotProduct(text, embedding));
}

function best(similarities: readonly number[], { drawings }: Gallery, count: number): Drawing[] {
  return similarities
    .map((similarity, index) => ({ similarity, drawing: drawings[index] }))
    .toSorted((one, other) => other.similarity - one.similarity)
    .slice(0, count)
    .flatMap(({ drawing }) => drawing ?? []);
}
