import { GraphQLError } from 'graphql';

/** Metadata may be 100 levels deep, and stand within a filter or an input. */
const MAX_DEPTH = 150;

/**
 * Refuses variables that are nested deeper than any input can be. GraphQL.js walks what an input type allows by
 * recursion, and filters and queries hold one another: a body of megabytes would exhaust its stack.
 *
 * @throws GraphQLError BAD_USER_INPUT
 */
export function checkVariables(variables: unknown): void {
  if (!isDeeper(variables, MAX_DEPTH)) return;
  throw new GraphQLError(
    `The variables are nested more than ${MAX_DEPTH} levels deep, which no input allows. Bring inner values out.`,
    { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } },
  );
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isDeeper(child, levels - 1));
}
