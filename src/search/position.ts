import { createHash } from 'node:crypto';
import type { ImageFilter } from '../db/image-filter.js';
import { isStorableTime } from '../db/storable-time.js';
import { RequestError } from '../errors.js';
import type { MatchOrder, MatchPosition } from './search.js';

/** Ranks are 32-bit integers in GraphQL. */
const MAX_RANK = 2 ** 31 - 1 - 1_000;

/** Everything that decides which matches there are and in which order. The mode does not: it only decides how they are
 *  found, so that a listing begun by INDEX can go on by EXACT. */
export interface SearchIdentity {
  readonly fingerprint: string;
  /** The query vector, or the bytes of the file that it is made from. */
  readonly query: Uint8Array;
  readonly filter: ImageFilter;
  readonly minSimilarity: number | undefined;
  readonly minStandardScore?: number | undefined;
  readonly excludeId: number | undefined;
  readonly orderBy: MatchOrder | undefined;
  readonly diversity: number | undefined;
  readonly readySince?: Date | undefined;
  /** The text whose words are looked for, of a hybrid search. */
  readonly hybridText?: string | undefined;
}

/** A short digest that tells one search from another: 96 bits of SHA-256. */
export function digestOf(identity: SearchIdentity): string {
  const { fingerprint, query, filter, minSimilarity, excludeId, orderBy, diversity, readySince, hybridText } =
    identity;
  const parameters = [
    fingerprint,
    canonicalFilter(filter),
    minSimilarity ?? null,
    excludeId ?? null,
    orderBy === undefined ? null : [orderBy.field, orderBy.direction],
    diversity ?? null,
    readySince?.getTime() ?? null,
    ...(identity.minStandardScore === undefined ? [] : [['minStandardScore', identity.minStandardScore]]),
    // Only where there is one, so that cursors from before hybrid searches stay valid.
    ...(hybridText === undefined ? [] : [hybridText]),
  ];
  return createHash('sha256')
    .update(JSON.stringify(parameters))
    .update('\0')
    .update(query)
    .digest('base64url')
    .slice(0, 16);
}

/** A short digest that is the same for filters that say the same: what tells one list from another. */
export function filterDigest(filter: ImageFilter): string {
  return createHash('sha256').update(canonicalFilter(filter)).digest('base64url').slice(0, 16);
}

/**
 * The same text for filters that say the same: lists are sets, filters within a filter too, and conditions that are not
 * given are left out.
 */
export function canonicalFilter(filter: ImageFilter): string {
  return JSON.stringify(canonical(filter));
}

function canonical({ and, or, not, savedSearch, ...conditions }: ImageFilter): [string, unknown][] {
  const plain = Object.entries<unknown>(conditions).map(([key, value]): [string, unknown] => [
    key,
    Array.isArray(value) ? [...new Set<unknown>(value)].sort() : value,
  ]);
  const nested: [string, unknown][] = [
    ['savedSearch', savedSearch?.id],
    ['and', and && canonicalList(and)],
    ['or', or && canonicalList(or)],
    ['not', not && canonical(not)],
  ];
  return [...plain, ...nested]
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** As lists, not as texts within texts: each level would escape the quotation marks of those below once more. */
function canonicalList(filters: readonly ImageFilter[]): unknown[] {
  const byText = new Map(filters.map(canonical).map((entries) => [JSON.stringify(entries), entries]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entries]) => entries);
}

/**
 * Refuses a position that was not handed out for this search.
 *
 * @throws RequestError INVALID_CURSOR
 */
export function checkPosition(position: MatchPosition, digest: string): void {
  const { distance, id, rank } = position;
  const possible =
    distance >= 0 &&
    distance <= 2 &&
    Number.isSafeInteger(id) &&
    id > 0 &&
    Number.isInteger(rank) &&
    rank > 0 &&
    (typeof position.date !== 'string' || isDate(position.date)) &&
    (position.shown === undefined || position.shown.length === rank);
  if (!possible || rank > MAX_RANK) {
    throw new RequestError(
      'INVALID_CURSOR',
      'The cursor names a place that no search has. Pass cursors on unchanged, or start again without `after`.',
    );
  }
  if (position.digest !== digest) {
    throw new RequestError(
      'INVALID_CURSOR',
      'The cursor belongs to another search: its query, filter, minSimilarity, minStandardScore, orderBy, diversity, hybrid or model differ from this one. ' +
        'Start again without `after`.',
    );
  }
}

/** Whether a text is a time as `Date.toISOString` writes it, and one that the database can compare with. */
function isDate(text: string): boolean {
  const time = new Date(text);
  return isStorableTime(time) && time.toISOString() === text;
}
