import { z } from 'zod';

/**
 * What a saved search looks for, as it was given. Texts and images of the collection can be turned into a vector of
 * another model later; the bytes of a file are not kept.
 */
export type SavedQuery =
  | { readonly text: string }
  | { readonly prompts: { readonly label: string; readonly templates: readonly string[] } }
  | { readonly vector: readonly number[] }
  | { readonly image: SavedImage }
  | { readonly combine: readonly { readonly query: SavedQuery; readonly weight: number }[] };

/** An example image: one of the collection by its row's id, an address, or a file that was sent. */
export type SavedImage = { readonly id: number } | { readonly url: string } | { readonly file: true };

const savedImage = z.union([
  z.strictObject({ id: z.int() }),
  z.strictObject({ url: z.string() }),
  z.strictObject({ file: z.literal(true) }),
]);

const savedQuery: z.ZodType<SavedQuery> = z.lazy(() =>
  z.union([
    z.strictObject({ text: z.string() }),
    z.strictObject({ prompts: z.strictObject({ label: z.string(), templates: z.array(z.string()) }) }),
    z.strictObject({ vector: z.array(z.number()) }),
    z.strictObject({ image: savedImage }),
    z.strictObject({ combine: z.array(z.strictObject({ query: savedQuery, weight: z.number() })) }),
  ]),
);

/** Reads what is stored. */
export function parseSavedQuery(stored: unknown): SavedQuery {
  return savedQuery.parse(stored);
}
