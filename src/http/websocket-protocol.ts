import type { IncomingMessage } from 'node:http';
import {
  GraphQLError,
  execute,
  getOperationAST,
  type FormattedExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { makeServer, type ExecutionResult, type Server } from 'graphql-ws';
import { z } from 'zod';
import { RequestError } from '../errors.js';
import { createContext, type Context, type Services } from '../graphql/context.js';
import type { FormatError } from '../graphql/errors.js';
import { prepareOperation } from '../graphql/operations.js';
import { checkVariables } from '../graphql/variables.js';
import type { Authentication } from './authentication.js';
import type { InFlight } from './in-flight.js';
import { subscribe } from './subscriptions.js';

const MAX_OPERATIONS = 50;
const INIT_TIMEOUT_MS = 10_000;

const authorized = z
  .object({ authorization: z.string().optional(), Authorization: z.string().optional() })
  .transform((params) => params.authorization ?? params.Authorization);

export interface ProtocolDependencies {
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly formatError: FormatError;
  readonly authentication: Authentication;
  readonly introspection: boolean;
  readonly inFlight: InFlight;
  readonly isClosing: () => boolean;
  readonly baseUrlOf: (request: IncomingMessage) => string;
}

/**
 * The graphql-ws protocol for one connection, under the limits and error rules that HTTP has.
 *
 * @param forbid closes the connection of a caller who may not be here, with the reason
 */
export function createProtocol(
  deps: ProtocolDependencies,
  request: IncomingMessage,
  forbid: (reason: string) => void,
): Server {
  const { authentication, schema } = deps;
  let authorization = request.headers.authorization;

  // Asked anew for each operation and each event: a key that is deleted meanwhile opens nothing any more.
  const newContext = async (): Promise<Context> =>
    createContext(deps.services, {
      role: await authentication.roleOf(authorization),
      baseUrl: deps.baseUrlOf(request),
    });

  return makeServer({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,

    async onConnect({ connectionParams }) {
      authorization = authorized.safeParse(connectionParams ?? {}).data ?? authorization;
      try {
        await authentication.roleOf(authorization);
        return true;
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        forbid(error.message);
        return false;
      }
    },

    async onSubscribe({ subscriptions }, _id, { query, operationName, variables }) {
      if (deps.isClosing())
        return [refusal('UNAVAILABLE', 'The server is about to stop. Connect again in a while.')];
      if (Object.keys(subscriptions).length > MAX_OPERATIONS) {
        return [
          refusal(
            'TOO_LARGE',
            `A connection may run ${MAX_OPERATIONS} operations at once. Complete some first.`,
          ),
        ];
      }
      const prepared = prepareOperation(schema, query, deps.introspection);
      if ('errors' in prepared) return prepared.errors;
      if (!getOperationAST(prepared.document, operationName)) {
        return [
          refusal(
            'BAD_USER_INPUT',
            'The document has no operation by this name, or several and none was named.',
          ),
        ];
      }
      try {
        checkVariables(variables);
        const contextValue = await newContext();
        return {
          schema,
          document: prepared.document,
          operationName,
          variableValues: variables,
          contextValue,
        };
      } catch (error) {
        return [asGraphQLError(error)];
      }
    },

    execute: (args) => deps.inFlight.run(async () => execute(args)),
    subscribe: (args) => subscribe(args, newContext),

    onNext: (_connection, _id, _payload, _args, result) => formatResult(result, deps.formatError),
    onError: (_connection, _id, _payload, errors) =>
      errors.map((error) => deps.formatError(error.toJSON(), error)),
  });
}

function formatResult({ data, errors }: ExecutionResult, formatError: FormatError): FormattedExecutionResult {
  return {
    ...(errors && { errors: errors.map((error) => formatError(error.toJSON(), error)) }),
    ...(data !== undefined && { data }),
  };
}

function refusal(code: 'UNAVAILABLE' | 'TOO_LARGE' | 'BAD_USER_INPUT', message: string): GraphQLError {
  return asGraphQLError(new RequestError(code, message));
}

function asGraphQLError(error: unknown): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}
