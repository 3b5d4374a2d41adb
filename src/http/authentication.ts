import { createHash } from 'node:crypto';
import type { Config } from '../config.js';
import { OperatorError, RequestError } from '../errors.js';
import type { Role } from '../graphql/roles.js';
import { isLoopback } from './addresses.js';

/** The stored API keys. */
export interface ApiKeys {
  count(): Promise<number>;
  /** @param sha256 the hash of the whole key */
  roleOf(sha256: Buffer): Promise<Role | undefined>;
}

/** Says who asks. */
export interface Authentication {
  /**
   * @param authorization the value of an Authorization header, or of `authorization` in a WebSocket's connectionParams
   * @throws RequestError UNAUTHENTICATED
   */
  roleOf(authorization: string | undefined): Promise<Role>;
  /** Whether there is any key, so that nobody gets in without one. */
  keysInUse(): Promise<boolean>;
}

/** A key that is deleted works on for at most this long, and the database is asked about a key at most this often. */
const CACHE_MS = 5_000;
const CACHE_ENTRIES = 1_000;
const KEY = /^Bearer +(pk_[A-Za-z0-9_-]{16,200})$/i;

export function createAuthentication(deps: {
  config: Pick<Config, 'host' | 'allowAnonymous'>;
  keys: ApiKeys;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}): Authentication {
  const { config, keys } = deps;
  const now = deps.now ?? (() => performance.now());
  const roles = createCache<Role | undefined>(now);
  const counts = createCache<number>(now);
  const anonymousAllowed = isLoopback(config.host) || config.allowAnonymous;
  const keysInUse = async () => (await counts('', () => keys.count())) > 0;

  return {
    keysInUse,
    async roleOf(authorization) {
      if (authorization === undefined || authorization === '') {
        if (anonymousAllowed && !(await keysInUse())) return 'admin';
        throw new RequestError(
          'UNAUTHENTICATED',
          'This server asks for an API key: send the header `Authorization: Bearer pk_…` (over WebSocket also as ' +
            '`authorization` in the connectionParams). Whoever runs the server makes one with `pictograph keys create`.',
        );
      }
      const key = KEY.exec(authorization)?.[1];
      if (key === undefined) {
        throw new RequestError(
          'UNAUTHENTICATED',
          'The Authorization header is not understood. It has the form `Bearer pk_…`, with an API key of this server.',
        );
      }
      const sha256 = createHash('sha256').update(key).digest();
      const role = await roles(sha256.toString('hex'), () => keys.roleOf(sha256));
      if (role === undefined) {
        throw new RequestError(
          'UNAUTHENTICATED',
          'The API key is not known here: it is mistyped, or was deleted.',
        );
      }
      return role;
    },
  };
}

/**
 * Refuses to open the collection to a network by accident.
 *
 * @throws OperatorError when others could reach the server and nobody is asked for a key
 */
export function assertSafeToListen(config: Pick<Config, 'host' | 'allowAnonymous'>, keyCount: number): void {
  if (isLoopback(config.host) || config.allowAnonymous || keyCount > 0) return;
  throw new OperatorError(
    `HOST=${config.host} can be reached from other machines, and there is no API key yet: everybody who finds the port ` +
      'could read, change and delete the collection. Do one of these:\n' +
      '  make a key:                pictograph keys create NAME --role write\n' +
      '  stay on this machine:      HOST=127.0.0.1\n' +
      '  let everybody in, because something in front of Pictograph checks who asks:  PICTOGRAPH_ALLOW_ANONYMOUS=true',
    78,
  );
}

/** Remembers what was looked up for a short while; concurrent look-ups of one key are one. Failures are not remembered. */
function createCache<T>(now: () => number): (key: string, look: () => Promise<T>) => Promise<T> {
  const entries = new Map<string, { readonly until: number; readonly value: Promise<T> }>();
  return (key, look) => {
    const entry = entries.get(key);
    if (entry && entry.until > now()) return entry.value;
    entries.delete(key);
    // The oldest goes first. Whoever tries many keys pays with database look-ups, not with this server's memory.
    const oldest = entries.size >= CACHE_ENTRIES ? entries.keys().next().value : undefined;
    if (oldest !== undefined) entries.delete(oldest);
    const value = look();
    entries.set(key, { until: now() + CACHE_MS, value });
    value.catch(() => entries.delete(key));
    return value;
  };
}
