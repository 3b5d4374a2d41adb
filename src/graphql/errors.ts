import { randomUUID } from 'node:crypto';
import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';
import { describeDatabaseTrouble } from '../database-trouble.js';
import { messageOf, RequestError } from '../errors.js';
import type { Logger } from '../log.js';

/** Codes that Apollo Server gives to requests that are wrong in themselves: their messages are made for the client. */
const REQUEST_CODES = new Set([
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UNAVAILABLE',
]);
/** GraphQL.js repeats what the client sent; a client that sent megabytes need not get them back. */
const MAX_MESSAGE = 2_000;

export type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/**
 * Decides what a client gets to know about an error. What is meant for it (a RequestError, a mistake in the document or
 * its variables) passes with its code. Everything else is a surprise: the client gets an id, and the log gets the cause
 * under the same id. Never throws.
 *
 * @param hideSuggestions whether to cut GraphQL.js's "Did you mean", which tells the schema to those who may not see it
 */
export function createErrorFormatter(options: { log: Logger; hideSuggestions: boolean }): FormatError {
  return (formatted, error) => {
    const cause = innermost(error);
    const place = {
      ...(formatted.locations && { locations: formatted.locations }),
      ...(formatted.path && { path: formatted.path }),
    };
    if (cause instanceof RequestError) {
      return { message: cause.message, ...place, extensions: { code: cause.code } };
    }
    const code = requestCode(formatted, error, cause);
    if (code !== undefined) {
      const message = options.hideSuggestions
        ? formatted.message.replace(/ ?Did you mean .+\?/s, '')
        : formatted.message;
      return { message: truncate(message), ...place, extensions: { code } };
    }
    const trouble = describeDatabaseTrouble(cause);
    if (trouble !== undefined) {
      const reason = messageOf(cause);
      options.log.warn({ reason, path: formatted.path?.join('.') }, 'The database cannot be used');
      return { message: trouble, ...place, extensions: { code: 'UNAVAILABLE' } };
    }
    const errorId = randomUUID();
    options.log.error({ err: cause, errorId, path: formatted.path?.join('.') }, 'A GraphQL operation failed');
    return {
      message: `Something went wrong on the server. Its log says what, under the id ${errorId}.`,
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR', errorId },
    };
  };
}

function requestCode(formatted: GraphQLFormattedError, error: unknown, cause: unknown): string | undefined {
  const code = formatted.extensions?.['code'];
  if (typeof code === 'string' && REQUEST_CODES.has(code)) return code;
  if (!(error instanceof GraphQLError) || !(cause instanceof GraphQLError)) return undefined;
  // GraphQL.js gives no codes. Variables are coerced before anything runs; arguments while it runs, and then the error
  // points at the argument, whereas one that a scalar throws over a resolver's value points nowhere by itself.
  const fromVariables = error.path === undefined && error.nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION;
  const fromArgument = cause !== error && cause.nodes !== undefined && cause.nodes.length > 0;
  return fromVariables || fromArgument ? 'BAD_USER_INPUT' : undefined;
}

/** What was thrown first, below the GraphQLErrors that tell where. */
function innermost(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
}

function truncate(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)} …` : message;
}
