import { RequestError } from '../errors.js';

/** Types whose objects `node` finds. */
const TYPES = ['Image', 'Model', 'SavedSearch', 'LabelSet', 'Label'] as const;
export type GlobalType = (typeof TYPES)[number];

export interface GlobalId {
  readonly type: GlobalType;
  /** The row's id. */
  readonly id: number;
}

const PATTERN = new RegExp(`^(${TYPES.join('|')}):([1-9][0-9]{0,15})$`);

/** The opaque id of an object, unique across types. */
export function toGlobalId(type: GlobalType, id: number): string {
  return Buffer.from(`${type}:${id}`, 'latin1').toString('base64url');
}

/**
 * Reads an id that a client sent.
 *
 * @returns undefined for everything that `toGlobalId` cannot have made: garbage, numbers beyond the safe integers, and
 *   other spellings of an id, so that one object has one id
 */
export function parseGlobalId(text: string): GlobalId | undefined {
  if (text.length > 64) return undefined;
  const match = PATTERN.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const type = TYPES.find((candidate) => candidate === match?.[1]);
  const id = Number(match?.[2]);
  if (type === undefined || !Number.isSafeInteger(id) || toGlobalId(type, id) !== text) return undefined;
  return { type, id };
}

/** The row id of an image's global id; undefined when it is the id of anything else, or no id. */
export function parseImageId(text: string): number | undefined {
  const parsed = parseGlobalId(text);
  return parsed?.type === 'Image' ? parsed.id : undefined;
}

/**
 * The row id of an image's global id, where only an image's id makes sense.
 *
 * @param field what the message names
 * @throws RequestError BAD_USER_INPUT
 */
export function requireImageId(text: string, field: string): number {
  const id = parseImageId(text);
  if (id === undefined) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `\`${field}\` contains ${quote(text)}, which is not the id of an image. Ids are opaque: pass on what \`Image.id\` gave.`,
    );
  }
  return id;
}

/**
 * The row id of a saved search's global id, where only a saved search's id makes sense.
 *
 * @param field what the message names
 * @throws RequestError BAD_USER_INPUT
 */
export const requireSavedSearchId = (text: string, field: string): number =>
  requireId('SavedSearch', 'a saved search', text, field);

/**
 * The row id of a model's global id, where only a model's id makes sense.
 *
 * @param field what the message names
 * @throws RequestError BAD_USER_INPUT
 */
export const requireModelId = (text: string, field: string): number =>
  requireId('Model', 'a model', text, field);

function requireId(type: 'SavedSearch' | 'Model', what: string, text: string, field: string): number {
  const parsed = parseGlobalId(text);
  if (parsed?.type === type) return parsed.id;
  throw new RequestError(
    'BAD_USER_INPUT',
    `\`${field}\` is ${quote(text)}, which is not the id of ${what}. Ids are opaque: pass on what \`${type}.id\` gave.`,
  );
}

function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}
