import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a Pictograph and PostgreSQL, and can be gone as a server is that restarts. */
export interface DatabaseProxy {
  /** The address of the same database, through this proxy. */
  readonly url: string;
  /** Breaks every connection, and refuses new ones. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** Breaks every connection, but lets new ones through. */
  breakConnections(): void;
  close(): Promise<void>;
}

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    from
      .on('error', () => undefined)
      .on('close', () => {
        sockets.delete(from);
        to.destroy();
      })
      .pipe(to);
  };
  const open = async (port: number): Promise<Server> => {
    const server = createServer((client) => {
      const upstream = connect(Number(target.port || 5432), target.hostname);
      join(client, upstream);
      join(upstream, client);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  const breakConnections = () => {
    for (const socket of sockets) socket.destroy();
  };

  let server = await open(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  const goAway = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    breakConnections();
    await closed;
  };
  return {
    url: url.href,
    goAway,
    async comeBack() {
      server = await open(port);
    },
    breakConnections,
    close: goAway,
  };
}
