import {
  getDistDirectory,
  isSandboxFrame,
  renderAltair,
  renderInitSnippet,
  SANDBOX_FRAME_CSP,
} from 'altair-static';
import express, { Router } from 'express';
import { GRAPHQL_PATH } from './answers.js';
import { ALTAIR_PATH, FIRST_OPERATION } from './ide.js';

const OPTIONS_SCRIPT = 'initial-options.js';
const FIRST_VARIABLES = '{ "text": "red car" }';

/** Altair is an Angular application: styles are set inline, its editors' workers and its query scripts run from blobs. */
const ALTAIR_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob: http: https:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "connect-src 'self' ws: wss:",
  "frame-src 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "base-uri 'self'",
].join('; ');

/**
 * Altair's options, with the API at the address that the page itself came from: behind a proxy, in a container or under
 * another name, that is the one that works. The snippet's texts are template literals, so they can ask the browser.
 */
const OPTIONS = renderInitSnippet({
  endpointURL: `{origin}${GRAPHQL_PATH}`,
  subscriptionsEndpoint: `{socketOrigin}${GRAPHQL_PATH}`,
  initialSubscriptionRequestHandlerId: 'graphql-ws',
  initialQuery: FIRST_OPERATION,
  initialVariables: FIRST_VARIABLES,
  initialSettings: { 'alert.disableUpdateNotification': true, 'banners.disable': true },
})
  .replace('{origin}', '${location.origin}')
  .replace('{socketOrigin}', "${location.origin.replace(/^http/, 'ws')}");

/** The GraphQL IDE Altair, served from its npm package alone: it works without a connection to the internet. */
export function altairRoutes(): Router {
  const router = Router();
  const page = renderAltair({
    baseURL: `${ALTAIR_PATH}/`,
    serveInitialOptionsInSeperateRequest: OPTIONS_SCRIPT,
  });

  router.get('/', (_request, response) => {
    response
      .set({ 'Content-Security-Policy': ALTAIR_POLICY, 'Cache-Control': 'no-cache' })
      .type('html')
      .send(page);
  });

  router.get(`/${OPTIONS_SCRIPT}`, (_request, response) => {
    response.set('Cache-Control', 'no-cache').type('js').send(OPTIONS);
  });

  router.use(
    express.static(getDistDirectory(), {
      index: false,
      redirect: false,
      setHeaders: (response, path) => {
        const isFrame = isSandboxFrame(path);
        response.setHeader('Content-Security-Policy', isFrame ? SANDBOX_FRAME_CSP : ALTAIR_POLICY);
        if (isFrame) response.removeHeader('X-Frame-Options');
      },
    }),
  );
  return router;
}
