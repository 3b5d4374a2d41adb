import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import express, { type RequestHandler, type Router } from 'express';
import type { Config } from '../config.js';
import { errorCode, messageOf, OperatorError } from '../errors.js';
import type { Services } from '../graphql/context.js';
import { createErrorFormatter } from '../graphql/errors.js';
import { createSchema } from '../graphql/schema.js';
import type { Logger } from '../log.js';
import { baseUrlOf, hostHeaderFor } from './addresses.js';
import { GRAPHQL_PATH, errorHandler, notFound, sendError } from './answers.js';
import { assertSafeToListen, createAuthentication, type ApiKeys } from './authentication.js';
import { blobRoutes } from './blobs.js';
import { createGraphqlEndpoint } from './graphql-endpoint.js';
import { healthRoutes, type ReadinessChecks } from './health.js';
import { createHostCheck, type HostCheck } from './host-check.js';
import { ALTAIR_PATH } from './ide.js';
import { createInFlight } from './in-flight.js';
import { cors, createOriginCheck } from './origins.js';
import { requestLog } from './request-log.js';
import { securityHeaders } from './security-headers.js';
import { createAdmission } from './admission.js';
import { createWebSocketEndpoint } from './websocket.js';

/** How long requests that run may go on once the server is asked to stop. */
const GRACE_MS = 20_000;
/** Slow senders: the head of a request, and all of it. Large uploads over slow lines need their time. */
const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 10 * 60_000;

export interface Server {
  /** Where it can be reached, without a slash at the end: PUBLIC_URL, or the address and the real port. */
  readonly url: string;
  /** Takes no more requests, lets running ones finish for a bounded time, ends every connection. */
  close(): Promise<void>;
}

/** Everything that answers requests, given what it needs from outside. */
export async function listen(deps: {
  config: Config;
  services: Services;
  keys: ApiKeys;
  checks: ReadinessChecks;
  log: Logger;
  graceMs?: number;
}): Promise<Server> {
  const { config, services, log, graceMs = GRACE_MS } = deps;
  assertSafeToListen(config, await deps.keys.count());

  let ownUrl = '';
  let closing: Promise<void> | undefined;
  const baseUrl = (request: IncomingMessage) => baseUrlOf(request, config.publicUrl, ownUrl);
  const authentication = createAuthentication({ config, keys: deps.keys });
  const checkHost = createHostCheck(config, authentication);
  const isAllowedOrigin = createOriginCheck(config);
  const inFlight = createInFlight();
  const app = express();
  const httpServer = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    app,
  );
  const shared = {
    schema: createSchema(),
    services,
    authentication,
    formatError: createErrorFormatter({ log, hideSuggestions: !config.ide }),
    baseUrlOf: baseUrl,
    httpServer,
    log,
  };
  const graphql = await createGraphqlEndpoint({ ...shared, config, inFlight, graceMs });
  const webSockets = createWebSocketEndpoint({
    ...shared,
    introspection: config.ide,
    admit: createAdmission({ checkHost, isAllowedOrigin, authentication }),
  });

  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(requestLog(log), securityHeaders);
  // Before the guard: an orchestrator asks by whatever address it has, and the answer tells nothing.
  app.use('/health', healthRoutes({ checks: deps.checks, isClosing: () => closing !== undefined, log }));
  app.use(hostGuard(checkHost), cors(isAllowedOrigin));
  app.use(blobRoutes({ images: services.images, authentication }));
  app.use(GRAPHQL_PATH, graphql.router);
  if (config.ide) app.use(ALTAIR_PATH, altair());
  app.get('/', root(config.ide));
  app.use(notFound, errorHandler(log));

  const close = async () => {
    const until = performance.now() + graceMs;
    const left = () => Math.max(until - performance.now(), 0);
    httpServer.close();
    await webSockets.close(left());
    await graphql.stop();
    // Mutations whose client has gone away run on: whoever closes the database after this must not cut them off.
    if (!(await inFlight.idle(left()))) log.warn('Requests were still running when the server stopped');
  };

  try {
    const port = await bind(httpServer, config);
    log.debug({ host: config.host, port }, 'Listening');
    ownUrl = config.publicUrl ?? `http://${hostHeaderFor(reachable(config.host), port)}`;
  } catch (error) {
    await close();
    throw error;
  }
  return { url: ownUrl, close: () => (closing ??= close()) };
}

function hostGuard(checkHost: HostCheck): RequestHandler {
  return async (request, response, next) => {
    const reason = await checkHost(request.headers.host);
    if (reason === undefined) next();
    else sendError(response, 421, 'MISDIRECTED_REQUEST', reason);
  };
}

/** Its package takes a tenth of a second to load, which whoever opens it first waits for, and not every start. */
function altair(): RequestHandler {
  let routes: Promise<Router> | undefined;
  return async (request, response, next) => {
    routes ??= import('./altair.js').then(({ altairRoutes }) => altairRoutes());
    (await routes)(request, response, next);
  };
}

/** For browsers: in development the IDE that works without the internet, otherwise a word on where the API is. */
function root(ide: boolean): RequestHandler {
  return (_request, response) => {
    if (ide) response.redirect(ALTAIR_PATH);
    else response.json({ name: 'Pictograph', api: GRAPHQL_PATH, health: '/health/ready' });
  };
}

async function bind(httpServer: HttpServer, config: Pick<Config, 'host' | 'port'>): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    httpServer.once('error', (error) => {
      reject(cannotListen(error, config));
    });
    httpServer.listen(config.port, config.host, resolve);
  });
  const address = httpServer.address();
  return typeof address === 'object' && address !== null ? address.port : config.port;
}

function cannotListen(error: Error, { host, port }: Pick<Config, 'host' | 'port'>): OperatorError {
  const code = errorCode(error);
  const what: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on ${host} is in use already. Stop the other program, or set PORT to a free port (0 takes any).`,
    EACCES: `This user may not open port ${port}. Set PORT to a port from 1024 on.`,
    EADDRNOTAVAIL: `HOST=${host} is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all addresses.`,
    ENOTFOUND: `HOST=${host} is not a known host name. Use 127.0.0.1, or 0.0.0.0 for all addresses.`,
  };
  return new OperatorError(
    what[String(code)] ?? `Cannot listen on ${hostHeaderFor(host, port)}: ${messageOf(error)}.`,
    1,
    { cause: error },
  );
}

/** "All addresses" is nothing that one can connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
