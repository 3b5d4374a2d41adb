import type { Config } from '../config.js';
import { hostnameOf, isLoopback } from './addresses.js';
import type { Authentication } from './authentication.js';

/** Says whether a request reached the server under a name that is its own; the reason if not. */
export type HostCheck = (hostHeader: string | undefined) => Promise<string | undefined>;

/**
 * Protects an open server against DNS rebinding: a web page whose own name suddenly points to an address of this server
 * is "same origin" to its browser, but cannot hide that name. The names are known on a loopback address, and wherever
 * PUBLIC_URL tells them (a container listens on every address though only this machine reaches it). With API keys there
 * is nothing to protect.
 */
export function createHostCheck(
  config: Pick<Config, 'host' | 'publicUrl'>,
  authentication: Authentication,
): HostCheck {
  const publicName = config.publicUrl === undefined ? undefined : hostnameOf(new URL(config.publicUrl).host);
  return async (hostHeader) => {
    const name = hostnameOf(hostHeader)?.toLowerCase();
    if (name !== undefined && (isLoopback(name) || name === publicName)) return undefined;
    const namesAreKnown = isLoopback(config.host) || publicName !== undefined;
    if (!namesAreKnown || (await authentication.keysInUse())) return undefined;
    return (
      `This server listens on ${config.host} without API keys and answers only to names of this machine, such as ` +
      `localhost${publicName === undefined ? '' : ` and ${publicName}`}, not to ${JSON.stringify(hostHeader ?? '')}. If it is meant to be reached by that name, set PUBLIC_URL.`
    );
  };
}
