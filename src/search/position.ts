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

/** The parts of a digest, in order, as a refusal names them. */
const PARTS = [
  'model',
  'query',
  'filter',
  'settings (minSimilarity, minStandardScore, orderBy, diversity, hybrid, time)',
] as const;

/** A short digest that tells one search from another, and in which part they differ: 48 bits of SHA-256 each. */
export function digestOf(identity: SearchIdentity): string {
  const { fingerprint, query, filter, excludeId, orderBy, hybridText } = identity;
  const settings = [
    identity.minSimilarity ?? null,
    identity.minStandardScore ?? null,
    orderBy === undefined ? null : [orderBy.field, orderBy.direction],
    identity.diversity ?? null,
    identity.readySince?.getTime() ?? null,
    hybridText !== undefined,
  ];
  return [
    [fingerprint],
    [query, JSON.stringify([excludeId ?? null, hybridText ?? null])],
    [canonicalFilter(filter)],
    [JSON.stringify(settings)],
  ]
    .map(shortDigest)
    .join('.');
}

function shortDigest(contents: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content).update('\0');
  return hash.digest('base64url').slice(0, 8);
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
      `The cursor belongs to another search${difference(position.digest, digest)}. Start again without \`after\`.`,
    );
  }
}

/** What two digests differ in. Another model gives every query another vector: then the query is no news. */
function difference(one: string, other: string): string {
  const [those, these] = [one.split('.'), other.split('.')];
  if (those.length !== PARTS.length) return ', or to a cluster';
  const different = PARTS.filter((_, index) => those[index] !== these[index]);
  const named = different.filter((part) => part !== 'query' || !different.includes('model'));
  const list = new Intl.ListFormat('en').format(named);
  return `: its ${list} ${named.length === 1 ? 'differs' : 'differ'} from this one's`;
}

/** Whether a text is a time as `Date.toISOString` writes it, and one that the database can compare with. */
function isDate(text: string): boolean {
  const time = new Date(text);
  return isStorableTime(time) && time.toISOString() === text;
}
