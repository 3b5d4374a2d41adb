import type { Database } from '../db/database.js';
import type { ImageFilter } from '../db/image-filter.js';
import { readFilterJson } from '../graphql/filter-json.js';
import { createBackground } from '../search/background.js';
import { createSavedMembership } from '../search/saved-membership.js';

/** Where nothing was embedded yet: no saved search has a vector of this one. */
const NO_MODEL = { id: 0, name: 'none' };

/**
 * What `--filter` asks for; without it, everything.
 *
 * @param model the active one
 * @throws RequestError as readFilterJson does
 */
export async function readFilterOption(
  text: string | undefined,
  database: Database,
  model: { readonly id: number; readonly name: string } = NO_MODEL,
): Promise<ImageFilter> {
  if (text === undefined) return {};
  return readFilterJson(text, createSavedMembership(database, model, createBackground(database, model.id)));
}
