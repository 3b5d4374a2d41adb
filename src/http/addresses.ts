import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';

/** Whether an address to listen on, or a host name without port, can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    (isIPv4(name) && name.startsWith('127.'))
  );
}

/**
 * The name of a Host header, without port and brackets.
 *
 * @returns undefined when it is no host
 */
export function hostnameOf(hostHeader: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{1,5})?$/.exec(hostHeader ?? '');
  return match?.[1] ?? match?.[2];
}

/** A URL's host as a Host header would say it. */
export function hostHeaderFor(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/**
 * The address that a client reaches this server by, without a slash at the end.
 *
 * @param publicUrl wins where it is set: behind a proxy, requests do not tell
 * @param fallback for requests without a proper Host header
 */
export function baseUrlOf(request: IncomingMessage, publicUrl: string | undefined, fallback: string): string {
  if (publicUrl !== undefined) return publicUrl;
  const { host } = request.headers;
  return host !== undefined && hostnameOf(host) !== undefined ? `http://${host}` : fallback;
}
