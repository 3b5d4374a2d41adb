import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import { createLimiter } from '../limiter.js';

/** What tests put in the place of the outside world. The defaults are the only safe choice for strangers' addresses. */
export interface FetchPolicy {
  /** Which IP addresses may be connected to; public ones unless given. */
  readonly allowAddress?: (address: string) => boolean;
  /** The IP addresses of a name; the system's answer unless given. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
}

/** The address that would have been connected to is not public. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
}

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address belongs to the public internet. Whatever embeds or stands for another address (IPv4-mapped,
 * 6to4, NAT64, Teredo) is not followed but refused: which host it reaches is the network's choice.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST);
}

/**
 * Opens connections to allowed addresses only. The check stands where a name turns into the address that is connected
 * to, in one step, so that a name that answers differently the second time (DNS rebinding) gains nothing; what the
 * socket says in the end is checked as well.
 */
export function createGuardedConnector(policy: FetchPolicy, timeoutMs: number): buildConnector.connector {
  const { allowAddress = isPublicAddress, resolve = resolveBySystem } = policy;

  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const allowed = addresses.filter(allowAddress).map((address) => ({ address, family: isIP(address) }));
        const [first] = allowed;
        if (first === undefined) callback(new AddressRefusedError(), []);
        else if (options.all === true) callback(null, allowed);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)), []);
      },
    );
  };
  const connect = buildConnector({ lookup, timeout: timeoutMs });

  return (options, callback) => {
    // Node looks up names only: an address that is written as such must be checked here.
    if (isIP(options.hostname) !== 0 && !allowAddress(options.hostname)) {
      callback(new AddressRefusedError(), null);
      return;
    }
    connect(options, (error, socket) => {
      if (error !== null) {
        callback(error, null);
      } else if (socket.remoteAddress === undefined || !allowAddress(socket.remoteAddress)) {
        socket.destroy();
        callback(new AddressRefusedError(), null);
      } else {
        callback(null, socket);
      }
    });
  };
}

/** The system's resolver holds a thread of the few that also decode images, for as long as a name server hangs. */
const resolving = createLimiter(2);

async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  const answers = await resolving(() => systemLookup(hostname, { all: true }));
  return answers.map(({ address }) => address);
}
