import type { Database } from '../db/database.js';
import type { SearchSet } from '../db/search-set.js';
import { findByWords } from '../db/word-search.js';
import { RequestError } from '../errors.js';
import type { createFindMatches } from './find-matches.js';
import { fuse, type FusedMatch } from './fuse.js';
import { normaliseText } from './normalise-text.js';
import type {
  MatchPosition,
  SearchEffort,
  SearchMode,
  SearchPlan,
  SearchRequest,
  SearchResult,
} from './search.js';

/** How many images of each list are fused: as many as an index scan's usual window holds with room to spare. */
export const FUSED_DEPTH = 150;

/** What a hybrid search did. */
export interface FusionPlan {
  /** Words of the query as they are compared. */
  readonly words: readonly string[];
  /** How many images each list had; at most `FUSED_DEPTH`. */
  readonly vectorMatches: number;
  readonly textMatches: number;
}

/**
 * The text whose words a hybrid search looks for; undefined when the request asks for none.
 *
 * @throws RequestError BAD_USER_INPUT when the query has no text, or the request orders the matches otherwise
 */
export function hybridText({ hybrid, query, orderBy, diversity }: SearchRequest): string | undefined {
  if (hybrid !== true) return undefined;
  if (orderBy !== undefined || (diversity !== undefined && diversity !== 0)) {
    throw refused(
      '`hybrid` chooses an order of its own, by the places in two lists. Leave it out, or `orderBy` and `diversity`.',
    );
  }
  if (query.kind === 'text') return normaliseText(query.text, 'The query');
  if (query.kind === 'prompts') return normaliseText(query.label, 'The label');
  throw refused(
    '`hybrid` looks for the words of the query as well, so the query must be a `text` or `prompts`. Leave `hybrid` out for images, ' +
      'vectors and composed queries.',
  );
}

/** Fuses the nearest images with those that have the words of the query: the whole list, best first. */
export function createFindHybrid(
  database: Database,
  findMatches: ReturnType<typeof createFindMatches>,
): (wanted: {
  readonly set: SearchSet;
  readonly text: string;
  readonly mode: SearchMode;
  readonly effort: SearchEffort;
  readonly minSimilarity: number | undefined;
}) => Promise<{
  matches: FusedMatch[];
  plan: Pick<SearchPlan, 'strategy' | 'candidates' | 'efSearch' | 'fusion'>;
}> {
  return async ({ set, text, mode, effort, minSimilarity }) => {
    const [nearest, withWords] = await Promise.all([
      findMatches({
        set,
        mode,
        effort,
        limit: FUSED_DEPTH,
        after: undefined,
        minSimilarity,
        orderBy: undefined,
      }),
      findByWords(database.pool, set, text, FUSED_DEPTH),
    ]);
    const lists = { VECTOR: nearest.matches.slice(0, FUSED_DEPTH), TEXT: withWords.matches };
    return {
      matches: fuse(lists),
      plan: {
        strategy: nearest.strategy,
        candidates: nearest.candidates,
        efSearch: nearest.efSearch,
        fusion: {
          words: withWords.words,
          vectorMatches: lists.VECTOR.length,
          textMatches: lists.TEXT.length,
        },
      },
    };
  };
}

/**
 * A page of a fused list. Places in it move when images come and go, so a cursor names the images that were shown: later
 * pages leave these out, whatever has happened since, and so neither repeat nor skip one.
 */
export function hybridPage(
  matches: readonly FusedMatch[],
  page: { readonly limit: number; readonly after: MatchPosition | undefined; readonly digest: string },
): Pick<SearchResult, 'matches' | 'hasNextPage'> {
  const before = page.after?.shown ?? [];
  const known = new Set(before);
  const rest = matches.filter(({ imageId }) => !known.has(imageId));
  const shown = [...before, ...rest.slice(0, page.limit).map(({ imageId }) => imageId)];
  return {
    matches: rest.slice(0, page.limit).map(({ imageId, distance, sources }, index) => {
      const rank = before.length + index + 1;
      const position = { distance, id: imageId, rank, digest: page.digest, shown: shown.slice(0, rank) };
      return { imageId, similarity: 1 - distance, rank, sources, position };
    }),
    hasNextPage: rest.length > page.limit,
  };
}

function refused(message: string): RequestError {
  return new RequestError('BAD_USER_INPUT', message);
}
