import { checkComposition } from '../search/combine.js';
import type { Query } from '../search/search.js';
import { MAX_TEMPLATES } from '../search/templates.js';
import { checkLength } from './arguments.js';
import type { Context } from './context.js';
import type { SearchQuery, WeightedQuery } from './generated/types.js';
import { readImageQuery } from './image-source.js';

/**
 * Turns the query of a request into the search's. Before an image is fetched, the whole query has been looked over and
 * its parts have been counted.
 *
 * @throws RequestError BAD_USER_INPUT; TOO_LARGE when the operation has used its budget up
 */
export async function readSearchQuery(input: SearchQuery, context: Context): Promise<Query> {
  const terms = checkComposition(input, ({ combine }) => combine?.map(withWeight));
  context.budget.spend('query terms', terms);
  spendPrompts(input, context);
  return read(input, 'query', context);
}

function spendPrompts({ combine, prompts }: SearchQuery, context: Context): void {
  if (prompts !== undefined) {
    checkLength(prompts.templates, 'templates', 1, MAX_TEMPLATES);
    context.budget.spend('prompts', prompts.templates.length);
  }
  for (const { query } of combine ?? []) spendPrompts(query, context);
}

async function read(input: SearchQuery, field: string, context: Context): Promise<Query> {
  if (input.text !== undefined) return { kind: 'text', text: input.text };
  if (input.prompts !== undefined) return { kind: 'prompts', ...input.prompts };
  if (input.vector !== undefined) return { kind: 'vector', vector: input.vector };
  if (input.image !== undefined) return readImageQuery(input.image, `${field}.image`, context);
  const terms = input.combine.map(withWeight).map(async ({ query, weight }, index) => ({
    query: await read(query, `${field}.combine[${index}].query`, context),
    weight,
  }));
  return { kind: 'combine', terms: await Promise.all(terms) };
}

/** The schema's default, which the generated type does not know to be applied. */
function withWeight({ query, weight = 1 }: WeightedQuery): Required<WeightedQuery> {
  return { query, weight };
}
