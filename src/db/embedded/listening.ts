import type { SessionCommand } from './sql-commands.js';

/** Who listens to what. The session listens to everything that at least one client wants. */
export interface Listening<Client> {
  /** Notes what a client asked for; it counts once its transaction is over. */
  request(client: Client, commands: readonly SessionCommand[]): void;
  /**
   * The client's transaction is over.
   *
   * @param undone whether it was rolled back
   * @returns channels that the client's UNLISTEN took from others: the session must listen to them again
   */
  settle(client: Client, undone: boolean): string[];
  /** @returns channels that nobody wants any more */
  remove(client: Client): string[];
  listeners(channel: string): readonly Client[];
  clear(): void;
}

export function createListening<Client>(): Listening<Client> {
  const channels = new Map<string, Set<Client>>();
  const requested = new Map<Client, SessionCommand[]>();

  const leave = (client: Client, channel: string): void => {
    const clients = channels.get(channel);
    clients?.delete(client);
    if (clients?.size === 0) channels.delete(channel);
  };

  return {
    request(client, commands) {
      if (commands.length > 0) requested.set(client, [...(requested.get(client) ?? []), ...commands]);
    },
    settle(client, undone) {
      const commands = requested.get(client) ?? [];
      requested.delete(client);
      if (undone) return [];
      const taken = new Set<string>();
      for (const command of commands) {
        if (command.kind === 'listen') {
          const clients = channels.get(command.channel) ?? new Set();
          channels.set(command.channel, clients.add(client));
        } else if (command.kind === 'unlisten') {
          for (const channel of command.channel === undefined ? [...channels.keys()] : [command.channel]) {
            leave(client, channel);
            taken.add(channel);
          }
        }
      }
      return [...taken].filter((channel) => channels.has(channel));
    },
    remove(client) {
      requested.delete(client);
      const left = [...channels].filter(([, clients]) => clients.has(client)).map(([channel]) => channel);
      for (const channel of left) leave(client, channel);
      return left.filter((channel) => !channels.has(channel));
    },
    listeners: (channel) => [...(channels.get(channel) ?? [])],
    clear() {
      channels.clear();
      requested.clear();
    },
  };
}
