import { messageOf } from '../errors.js';
import { HubUnreachableError, ModelNotFoundError } from './hub-errors.js';

/** Where models are asked for. */
export interface Hub {
  /** Address of the hub or of a mirror, with a path if it has one, without a slash at the end. */
  readonly endpoint: string;
  /** Milliseconds without any answer, or between two pieces of a file, after which a request is given up. */
  readonly timeoutMs: number;
  /** Milliseconds before the second attempt at a broken download; doubled for each further one. */
  readonly retryDelayMs: number;
  /** Gives up whatever is asked at that moment, and throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** One file of a model on the hub. */
export interface HubFile {
  readonly model: string;
  readonly revision: string;
  readonly file: string;
}

/** An answer, with what the hub says about the whole file. */
export interface HubAnswer {
  readonly response: Response;
  /** Bytes of the whole file, if it is known. */
  readonly size: number | undefined;
  /** SHA-256 in hexadecimal; the hub tells it of large files. */
  readonly sha256: string | undefined;
  /** Must be called whenever something arrived: silence longer than the time limit ends the request. */
  readonly stillAlive: () => void;
  /** Ends the watch over the time limit. */
  readonly done: () => void;
}

const MAX_REDIRECTS = 5;

/**
 * Asks the hub for a file.
 *
 * Redirects are followed by hand: the hub's own answer tells size and hash of a large file and points to a storage that
 * does not; and that storage's addresses are signed for GET, so HEAD must not follow them.
 *
 * @param from first byte that is wanted
 * @throws HubUnreachableError · ModelNotFoundError
 */
export async function askHub(
  hub: Hub,
  target: HubFile,
  method: 'GET' | 'HEAD',
  from = 0,
): Promise<HubAnswer> {
  const { model, revision, file } = target;
  const start = new URL(`${hub.endpoint}/${model}/resolve/${encodeURIComponent(revision)}/${file}`);
  const login = takeLogin(start);
  const silence = watchSilence(hub.timeoutMs);
  // A compressed answer would hide the size.
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'pictograph' };
  if (from > 0) headers['range'] = `bytes=${from}-`;

  let told: { size?: number | undefined; sha256?: string | undefined } = {};
  try {
    let url = start;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await fetch(url, {
        method,
        // A login is for the mirror that it was given for, not for where that sends us.
        headers: url.origin === start.origin ? { ...headers, ...login } : headers,
        redirect: 'manual',
        signal: hub.signal ? AbortSignal.any([silence.signal, hub.signal]) : silence.signal,
      });
      silence.stillAlive();
      told = { ...readFacts(response.headers), ...told };
      const location = response.headers.get('location');
      const isRedirect = response.status >= 300 && response.status < 400 && location !== null;
      if (isRedirect && !(method === 'HEAD' && told.size !== undefined)) {
        await response.body?.cancel();
        url = new URL(location, url);
        continue;
      }
      // A mirror that knows no HEAD can be downloaded from all the same.
      const isUnasked = method === 'HEAD' && (response.status === 405 || response.status === 501);
      if (!isRedirect && !response.ok && !isUnasked) throw refusal(hub, target, response.status);
      const size = told.size ?? (response.ok ? wholeSize(response) : undefined);
      return { response, size, sha256: told.sha256, stillAlive: silence.stillAlive, done: silence.done };
    }
    throw new HubUnreachableError(
      `${nameOf(hub)} sends the request for ${file} in circles. Check HF_ENDPOINT.`,
    );
  } catch (error) {
    silence.done();
    hub.signal?.throwIfAborted();
    if (error instanceof HubUnreachableError || error instanceof ModelNotFoundError) throw error;
    throw new HubUnreachableError(
      `${nameOf(hub)} cannot be reached (${reasonOf(error)}). Check the network, set HF_ENDPOINT to a ` +
        'mirror, or set CLIP_MODEL to a folder that holds the model (docs/models.md).',
      1,
      { cause: error },
    );
  }
}

/** Why a request or a download broke: what fetch throws says only "fetch failed", what happened is in its cause. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  const words = messageOf(cause);
  return typeof code === 'string' && !words.includes(code) ? `${words} ${code}`.trim() : words;
}

/** @returns a signal that aborts when `stillAlive` was not called for so many milliseconds */
function watchSilence(timeoutMs: number) {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new Error(`nothing came for ${timeoutMs / 1000} seconds`));
  }, timeoutMs);
  return {
    signal: controller.signal,
    stillAlive: () => void timer.refresh(),
    done: () => {
      clearTimeout(timer);
    },
  };
}

/** Facts that the hub gives with its redirect to where a large file lies. */
function readFacts(headers: Headers): { size?: number; sha256?: string } {
  const size = headers.get('x-linked-size');
  const tag = /^"?([0-9a-f]{64})"?$/.exec(headers.get('x-linked-etag') ?? '')?.[1];
  return { ...(size !== null && { size: Number(size) }), ...(tag !== undefined && { sha256: tag }) };
}

function wholeSize({ headers }: Response): number | undefined {
  const whole = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  if (whole !== undefined) return Number(whole);
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity') return undefined;
  const length = headers.get('content-length');
  return length === null ? undefined : Number(length);
}

function refusal(hub: Hub, { model, revision, file }: HubFile, status: number): Error {
  if (status === 401 || status === 403) {
    return new ModelNotFoundError(
      `${nameOf(hub)} does not give out ${file} of ${model} (HTTP ${status}): there is no such model, or it is private or ` +
        'gated. Check CLIP_MODEL; a model that needs an account must be copied to a folder (docs/models.md).',
    );
  }
  if (status === 404) {
    return new ModelNotFoundError(
      file.startsWith('onnx/')
        ? `${nameOf(hub)} has no ${file} in ${model} at revision ${revision} (HTTP 404). Check CLIP_DTYPE: fp32 is there ` +
            'most often. A model without a folder onnx must be converted first (docs/models.md).'
        : `${nameOf(hub)} has no ${file} of ${model} at revision ${revision} (HTTP 404). Check CLIP_MODEL and CLIP_REVISION.`,
    );
  }
  return new HubUnreachableError(
    `${nameOf(hub)} answers with HTTP ${status} to the request for ${file} of ${model}. Try again later, or check HF_ENDPOINT.`,
  );
}

/** Mirrors may want a user and a password, given in HF_ENDPOINT; fetch takes them as a header only. */
function takeLogin(url: URL): Record<string, string> {
  const { username, password } = url;
  url.username = url.password = '';
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Without user, password and query, which may be secret. */
function nameOf({ endpoint }: Hub): string {
  const { host, pathname } = new URL(endpoint);
  return `The model hub ${host}${pathname === '/' ? '' : pathname}`;
}
