import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { PARSE_LIMITS, limitRules } from './operation-limits.js';

export type Prepared =
  { readonly document: DocumentNode } | { readonly errors: readonly [GraphQLError, ...GraphQLError[]] };

/**
 * Parses and validates an operation under the same rules, and with the same error codes, that Apollo Server has over
 * HTTP: for operations over WebSocket, which it does not see.
 */
export function prepareOperation(schema: GraphQLSchema, query: string, introspection: boolean): Prepared {
  let document: DocumentNode;
  try {
    document = parse(query, PARSE_LIMITS);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return { errors: [withCode(error, 'GRAPHQL_PARSE_FAILED')] };
  }
  const rules = [
    ...specifiedRules,
    ...limitRules,
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
  ];
  const [first, ...others] = validate(schema, document, rules).map((error) =>
    withCode(error, 'GRAPHQL_VALIDATION_FAILED'),
  );
  return first === undefined ? { document } : { errors: [first, ...others] };
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(error.message, {
    ...(error.nodes && { nodes: error.nodes }),
    ...(error.source && { source: error.source }),
    ...(error.positions && { positions: error.positions }),
    extensions: { code },
  });
}
