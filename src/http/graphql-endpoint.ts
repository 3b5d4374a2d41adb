import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { expressMiddleware } from '@as-integrations/express5';
import express, { Router, type Request, type RequestHandler } from 'express';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Server as HttpServer } from 'node:http';
import type { Config } from '../config.js';
import { RequestError } from '../errors.js';
import { createContext, type Context, type Services } from '../graphql/context.js';
import type { FormatError } from '../graphql/errors.js';
import { PARSE_LIMITS, limitRules } from '../graphql/operation-limits.js';
import { checkVariables } from '../graphql/variables.js';
import type { Logger } from '../log.js';
import type { Authentication } from './authentication.js';
import { FIRST_OPERATION, LANDING_PAGE_POLICY } from './ide.js';
import type { InFlight } from './in-flight.js';
import { uploads } from './uploads.js';

export interface GraphqlEndpoint {
  readonly router: Router;
  /** Lets the running requests finish, within the time given at creation, and answers no more. */
  stop(): Promise<void>;
}

/** GraphQL over HTTP: POST with JSON or multipart, GET for queries, and Apollo Sandbox for browsers. */
export async function createGraphqlEndpoint(deps: {
  config: Config;
  services: Services;
  schema: GraphQLSchema;
  formatError: FormatError;
  authentication: Authentication;
  baseUrlOf: (request: Request) => string;
  httpServer: HttpServer;
  inFlight: InFlight;
  graceMs: number;
  log: Logger;
}): Promise<GraphqlEndpoint> {
  const { config, authentication, inFlight } = deps;
  const apollo = new ApolloServer<Context>({
    schema: deps.schema,
    introspection: config.ide,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    // Never what NODE_ENV says: whether this is production, the configuration has decided.
    nodeEnv: config.ide ? 'development' : 'production',
    logger: deps.log,
    formatError: deps.formatError,
    validationRules: [...limitRules],
    parseOptions: PARSE_LIMITS,
    plugins: [
      {
        requestDidStart: () =>
          Promise.resolve({
            didResolveOperation: ({ request }) => {
              checkVariables(request.variables);
              return Promise.resolve();
            },
          }),
      },
      // Wraps every resolver to find out what the schema's hints allow to be cached; it has none, and a page has thousands of fields.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer: deps.httpServer, stopGracePeriodMillis: deps.graceMs }),
      config.ide
        ? ApolloServerPluginLandingPageLocalDefault({
            embed: { runTelemetry: false },
            document: FIRST_OPERATION,
            includeCookies: false,
          })
        : ApolloServerPluginLandingPageDisabled(),
    ],
  });
  await apollo.start();

  const execute = expressMiddleware(apollo, {
    context: async ({ req }) =>
      createContext(deps.services, {
        role: await authentication.roleOf(req.headers.authorization).catch(unauthenticated),
        baseUrl: deps.baseUrlOf(req),
      }),
  });
  const router = Router();
  router.use(
    '/',
    authenticateBodies(authentication),
    notStored,
    landingPagePolicy(config.ide),
    uploads(config.limits),
    express.json({ limit: config.limits.bodyBytes }),
    (request, response, next) => inFlight.run(() => Promise.resolve(execute(request, response, next))),
  );
  return { router, stop: () => apollo.stop() };
}

/** Before a body is read: whoever may not ask shall not make the server take in megabytes either. */
function authenticateBodies(authentication: Authentication): RequestHandler {
  return async (request, _response, next) => {
    if (request.method === 'POST') await authentication.roleOf(request.headers.authorization);
    next();
  };
}

/** Answers are about a collection that changes, and may be for a key's owner alone. */
const notStored: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** Apollo Sandbox's page has a policy of its own in a meta element; all policies hold at once, so ours makes room. */
function landingPagePolicy(ide: boolean): RequestHandler {
  return (request, response, next) => {
    const isPage = ide && request.method === 'GET' && request.accepts(['json', 'html']) === 'html';
    if (isPage) response.set('Content-Security-Policy', LANDING_PAGE_POLICY);
    next();
  };
}

function unauthenticated(error: unknown): never {
  if (!(error instanceof RequestError)) throw error;
  throw new GraphQLError(error.message, {
    originalError: error,
    extensions: { code: error.code, http: { status: 401 } },
  });
}
