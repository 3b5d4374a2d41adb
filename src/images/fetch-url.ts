import { Agent, request, type Dispatcher } from 'undici';
import type { Limits } from '../config.js';
import { version } from '../version.js';
import { AddressRefusedError, createGuardedConnector, type FetchPolicy } from './address-guard.js';
import { createDeadline } from './deadline.js';
import { errorCode } from '../errors.js';
import { RejectedImageError } from './images.js';
import { readBounded, tooLarge } from './read-bounded.js';

const MAX_REDIRECTS = 5;
const MAX_URL_CHARACTERS = 8192;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const USER_AGENT = `Pictograph/${version()}`;

export interface FetchOptions {
  readonly limits: Limits;
  readonly policy: FetchPolicy;
  /** Waits until the body may be held in memory; that time does not count against the limit. */
  readonly reserve: (bytes: number) => Promise<void>;
}

/**
 * Fetches a public address, following up to 5 redirects. No cookies, no credentials, no proxy, and never a private
 * address: see `createGuardedConnector`.
 *
 * @throws RejectedImageError URL_REFUSED, URL_FAILED or TOO_LARGE
 */
export async function fetchUrl(address: string, { limits, policy, reserve }: FetchOptions): Promise<Buffer> {
  const deadline = createDeadline(limits.fetchTimeoutMs);
  // An agent of its own: no connection is left over that a later request, or a shutdown, would have to think of.
  const agent = new Agent({ connect: createGuardedConnector(policy, limits.fetchTimeoutMs) });
  try {
    const body = await deadline.race(followRedirects(address, agent, deadline.signal));
    if (body.length !== undefined && body.length > limits.imageBytes) throw tooLarge(limits.imageBytes);
    deadline.pause();
    await reserve(body.length ?? limits.imageBytes);
    deadline.resume();
    return await deadline.race(readBounded(body.chunks, limits.imageBytes));
  } catch (error) {
    throw toRejection(error, address, deadline.signal.aborted ? limits.fetchTimeoutMs : undefined);
  } finally {
    deadline.end();
    void agent.destroy().catch(() => undefined);
  }
}

interface Body {
  /** In bytes; undefined when the server does not say. */
  readonly length: number | undefined;
  readonly chunks: Dispatcher.ResponseData['body'];
}

async function followRedirects(address: string, agent: Agent, signal: AbortSignal): Promise<Body> {
  let url = parseAddress(address);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: agent,
      signal,
      headers: { 'user-agent': USER_AGENT, accept: 'image/*', 'accept-encoding': 'identity' },
    });
    // The agent may be destroyed while nobody reads: that must not become an uncaught error.
    body.on('error', () => undefined);
    if (statusCode === 200) {
      const length = Number(headers['content-length']);
      return { length: Number.isSafeInteger(length) && length >= 0 ? length : undefined, chunks: body };
    }
    const location = headers['location'];
    if (!REDIRECTS.has(statusCode) || typeof location !== 'string') {
      throw new RejectedImageError(
        'URL_FAILED',
        `${url.host} answered with status ${statusCode}; expected is 200 with the image's bytes. Check the address.`,
      );
    }
    body.destroy();
    url = parseAddress(location, url);
  }
  throw new RejectedImageError(
    'URL_FAILED',
    `The address redirects more than ${MAX_REDIRECTS} times. Give the final one.`,
  );
}

function parseAddress(address: string, base?: URL): URL {
  const allowed = 'Allowed are public http:// and https:// addresses, without user name and password.';
  const refuse = (what: string) => new RejectedImageError('URL_REFUSED', `${what} ${allowed}`);
  const where = base === undefined ? 'The address' : `${base.host} redirects to an address that`;
  if (address.length > MAX_URL_CHARACTERS)
    throw refuse(`${where} is longer than ${MAX_URL_CHARACTERS} characters.`);
  if (!URL.canParse(address, base?.href)) throw refuse(`${where} is not a URL.`);
  const url = new URL(address, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refuse(`${where} begins with ${url.protocol}.`);
  if (url.username !== '' || url.password !== '') throw refuse(`${where} carries a user name or password.`);
  return url;
}

function toRejection(
  error: unknown,
  address: string,
  timedOutAfterMs: number | undefined,
): RejectedImageError {
  if (error instanceof RejectedImageError) return error;
  const host = URL.canParse(address) ? new URL(address).host : address;
  if (error instanceof AddressRefusedError) {
    return new RejectedImageError(
      'URL_REFUSED',
      `${host} leads to an address that is not public: private, loopback, link-local and other special addresses are never fetched. ` +
        'Give a public address, or send the bytes as upload or base64.',
      { cause: error },
    );
  }
  const what =
    timedOutAfterMs === undefined
      ? `${host} could not be fetched: ${describe(error)}.`
      : `${host} did not send the whole image within ${timedOutAfterMs / 1000} seconds.`;
  return new RejectedImageError(
    'URL_FAILED',
    `${what} Check the address, try again, or send the bytes as upload or base64.`,
    {
      cause: error,
    },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it broke off the connection',
  UND_ERR_SOCKET: 'it broke off the connection',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'it sent more or less than it announced',
};

function describe(error: unknown): string {
  const code = errorCode(error);
  if (code === undefined) return 'the connection failed';
  return REASONS[code] ?? `the connection failed (${code})`;
}
