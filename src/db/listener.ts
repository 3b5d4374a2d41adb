import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';

/** All LISTENs of a process, on one connection of their own. */
export interface Listener {
  /** See `Database.listen`. */
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onReconnect?: () => void,
  ): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export interface ListenerOptions {
  readonly createClient: () => pg.Client;
  readonly log: Logger;
  /** How often to check that the connection is alive; undefined where it cannot break unseen. */
  readonly pingIntervalMs: number | undefined;
}

interface Subscription {
  readonly channel: string;
  readonly onPayload: (payload: string) => void;
  readonly onReconnect: (() => void) | undefined;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
const PING = { text: '/* listener.ping */ SELECT 1', query_timeout: 10_000 };

export function createListener(options: ListenerOptions): Listener {
  const { log, pingIntervalMs } = options;
  const subscriptions = new Set<Subscription>();
  let connection: Promise<pg.Client> | undefined;
  let closing = false;
  let reconnecting = false;
  const stopped = new AbortController();

  const connect = async (): Promise<pg.Client> => {
    const client = options.createClient();
    client.on('error', (error) => {
      log.warn({ reason: error.message }, 'The connection for notifications broke');
    });
    let lost = false;
    client.on('notification', ({ channel, payload = '' }) => {
      if (lost) return;
      for (const subscription of [...subscriptions]) {
        if (subscription.channel === channel) subscription.onPayload(payload);
      }
    });
    try {
      await client.connect();
      for (const channel of new Set([...subscriptions].map((subscription) => subscription.channel))) {
        await client.query(`/* listener.listen */ LISTEN ${pg.escapeIdentifier(channel)}`);
      }
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    let ping: NodeJS.Timeout | undefined;
    const lose = (): void => {
      if (lost) return;
      lost = true;
      clearInterval(ping);
      connection = undefined;
      if (!closing) void reconnect();
    };
    client.once('end', lose);
    if (pingIntervalMs !== undefined) {
      ping = setInterval(() => {
        client.query(PING).catch(() => {
          // Saying goodbye to a server that does not answer takes long: go on without waiting for it.
          void client.end().catch(() => undefined);
          lose();
        });
      }, pingIntervalMs);
      ping.unref();
    }
    return client;
  };

  const reconnect = async (): Promise<void> => {
    if (reconnecting) return;
    reconnecting = true;
    try {
      for (let wait = FIRST_DELAY_MS; ; wait = Math.min(wait * 2, LONGEST_DELAY_MS)) {
        await delay(wait, undefined, { signal: stopped.signal, ref: false });
        try {
          connection = connect();
          await connection;
          break;
        } catch (error) {
          connection = undefined;
          log.warn(
            { reason: messageOf(error) },
            'The connection for notifications cannot be opened again yet',
          );
        }
      }
    } catch {
      return; // closed meanwhile
    } finally {
      reconnecting = false;
    }
    log.info('The connection for notifications is open again');
    for (const subscription of [...subscriptions]) subscription.onReconnect?.();
  };

  return {
    async listen(channel, onPayload, onReconnect) {
      if (closing) throw new Error('The database is closing.');
      const subscription: Subscription = { channel, onPayload, onReconnect };
      subscriptions.add(subscription);
      try {
        connection ??= connect();
        const client = await connection;
        await client.query(`/* listener.listen */ LISTEN ${pg.escapeIdentifier(channel)}`);
      } catch (error) {
        // While the connection is being opened again, the subscription waits with the others.
        if (!reconnecting) {
          subscriptions.delete(subscription);
          connection = undefined;
          throw error;
        }
      }
      return async () => {
        subscriptions.delete(subscription);
        if ([...subscriptions].some((other) => other.channel === channel)) return;
        const client = await connection?.catch(() => undefined);
        await client
          ?.query(`/* listener.unlisten */ UNLISTEN ${pg.escapeIdentifier(channel)}`)
          .catch(() => undefined);
      };
    },
    async close() {
      closing = true;
      stopped.abort();
      const client = await connection?.catch(() => undefined);
      await client?.end();
    },
  };
}
