import { Writable } from 'node:stream';
import { pino } from 'pino';
import { loadConfig } from '../../../src/config.js';
import type { Role } from '../../../src/graphql/roles.js';
import type { ReadinessChecks } from '../../../src/http/health.js';
import { listen, type Server } from '../../../src/http/listen.js';
import { createHash } from 'node:crypto';
import { fakeServices, type FakeServices } from './fake-services.js';

/** A real server on a real port, over a domain in memory. */
export interface FakeServer extends Server {
  readonly services: FakeServices;
  /** Keys that the server knows, by the whole key. */
  readonly keys: Map<string, Role>;
  /** Everything that was logged, as JSON lines. */
  readonly log: string[];
}

export interface FakeServerOptions {
  /** Environment variables; PORT is 0 unless given. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly keys?: Readonly<Record<string, Role>>;
  readonly checks?: ReadinessChecks;
  readonly images?: number;
  readonly graceMs?: number;
}

export async function startFakeServer(options: FakeServerOptions = {}): Promise<FakeServer> {
  const services = fakeServices(options.images);
  const keys = new Map<string, Role>(Object.entries(options.keys ?? {}));
  const log: string[] = [];
  const lines = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log.push(chunk.toString());
      done();
    },
  });
  const server = await listen({
    config: loadConfig({}, { PORT: '0', NODE_ENV: 'development', ...options.variables }),
    services,
    keys: {
      count: () => Promise.resolve(keys.size),
      roleOf: (sha256) => {
        const known = [...keys].find(([key]) => createHash('sha256').update(key).digest().equals(sha256));
        return Promise.resolve(known?.[1]);
      },
    },
    checks: options.checks ?? {},
    log: pino({ level: 'debug' }, lines),
    graceMs: options.graceMs ?? 5_000,
  });
  return { ...server, services, keys, log };
}
