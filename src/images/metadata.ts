import { isStorableText } from '../db/storable-text.js';

const MAX_BYTES = 64 * 1024;
/** PostgreSQL reads nested JSON by recursion and gives up at a depth that depends on its settings. */
const MAX_DEPTH = 100;

const RULE = 'Metadata is a JSON object of at most 64 KiB';

/**
 * Checks that a value is JSON, an object at the top, and something that `jsonb` can hold as it is.
 *
 * @returns its JSON text, or what is wrong with it
 */
export function checkMetadata(metadata: unknown): { json: string } | { problem: string } {
  if (!isPlainObject(metadata)) {
    return { problem: `${RULE}, such as {"camera": "X100"}; this is ${nameOf(metadata)}.` };
  }
  const problem = findProblem(metadata);
  if (problem !== undefined) return { problem };
  const json = JSON.stringify(metadata);
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_BYTES) {
    return {
      problem: `${RULE}; this has ${bytes} bytes of JSON text. Keep what is searched, store the rest elsewhere.`,
    };
  }
  return { json };
}

/** Walks without recursion: how deep a value goes is the sender's choice. */
function findProblem(metadata: object): string | undefined {
  const waiting: { value: unknown; depth: number }[] = [{ value: metadata, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string') {
      if (!isStorableText(value)) return unstorable('A text');
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value)) return `${RULE}; ${value} is no JSON number.`;
    } else if (Array.isArray(value) || isPlainObject(value)) {
      if (depth > MAX_DEPTH) return `${RULE}, nested at most ${MAX_DEPTH} levels deep.`;
      if (!Array.isArray(value) && !Object.keys(value).every(isStorableText)) return unstorable('A key');
      for (const child of Object.values(value)) waiting.push({ value: child, depth: depth + 1 });
    } else if (value !== null && typeof value !== 'boolean') {
      return `${RULE}; it holds ${nameOf(value)}, which JSON has no form for.`;
    }
  }
  return undefined;
}

function unstorable(what: string): string {
  return `${what} in the metadata has a character that PostgreSQL cannot store: U+0000 or half of a surrogate pair. Remove it.`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object of another kind';
  return `a value of type ${typeof value}`;
}
