import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { environment, loadConfig } from '../../src/config.js';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

interface Instruction {
  readonly keyword: string;
  readonly text: string;
}

/** The instructions of the Dockerfile, stage by stage, continued lines joined. */
const stages = read('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '')
  .map((line): Instruction => {
    const [keyword = '', ...rest] = line.split(' ');
    return { keyword, text: rest.join(' ') };
  })
  .reduce<Instruction[][]>(
    (all, instruction) =>
      instruction.keyword === 'FROM'
        ? [...all, [instruction]]
        : [...all.slice(0, -1), [...(all.at(-1) ?? []), instruction]],
    [],
  );
const image = stages.at(-1) ?? [];
const textsOf = (stage: readonly Instruction[], keyword: string) =>
  stage.filter((instruction) => instruction.keyword === keyword).map(({ text }) => text);
const imageEnvironment: Record<string, string> = Object.fromEntries(
  textsOf(image, 'ENV')
    .flatMap((text) => text.split(' '))
    .map((pair) => pair.split('='))
    .map(([name = '', value = '']): [string, string] => [name, value]),
);

describe('the Dockerfile', () => {
  test('builds in one stage and runs in another, on Node 22', () => {
    expect(stages.map((stage) => stage[0]?.text)).toEqual(['node:22-slim AS build', 'node:22-slim']);
  });

  test('copies what is there and what .dockerignore lets through', () => {
    const sources = stages
      .flatMap((stage) => textsOf(stage, 'COPY'))
      .filter((text) => !text.startsWith('--from='))
      .flatMap((text) => text.split(' ').slice(0, -1));
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(sources).not.toEqual([]);
    expect(sources.filter((source) => !existsSync(path.join(root, source)))).toEqual([]);
    expect([...new Set(sources)].toSorted()).toEqual(allowed.toSorted());
  });

  test('runs the server as a user without rights, on the address, port and volume that it tells', () => {
    const config = loadConfig({}, imageEnvironment);
    expect(config).toMatchObject({ host: '0.0.0.0', port: environment.parse({}).PORT, ide: false });
    expect(textsOf(image, 'EXPOSE')).toEqual([String(config.port)]);
    expect(textsOf(image, 'VOLUME')).toEqual([config.dataFolder]);
    expect(textsOf(image, 'USER')).toEqual(['node']);
    expect(textsOf(image, 'CMD')).toEqual(['["node", "bin/pictograph.js", "serve"]']);
  });
});

describe('the image’s health check', () => {
  const server = createServer();
  afterEach(() => {
    server.close();
    server.removeAllListeners('request');
  });

  const command = textsOf(image, 'HEALTHCHECK').join().split('CMD ')[1] ?? '';
  const [, ...checkArguments] = z.array(z.string()).parse(JSON.parse(command));
  const exitCode = (port: number) =>
    new Promise<number | null>((resolve) => {
      const child = execFile(process.execPath, checkArguments, { env: { PORT: String(port) } });
      child.on('exit', resolve);
    });
  const listen = async (status: number) => {
    server.on('request', (request, response) => {
      response.writeHead(request.url === '/health/ready' ? status : 404).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return z.object({ port: z.number() }).parse(server.address()).port;
  };

  test('passes when the server is ready', async () => {
    expect(await exitCode(await listen(200))).toBe(0);
  });

  test('fails when the server is not ready', async () => {
    expect(await exitCode(await listen(503))).toBe(1);
  });

  test('fails when nothing listens', async () => {
    const port = await listen(200);
    server.close();
    await once(server, 'close');
    expect(await exitCode(port)).toBe(1);
  });
});

const service = z.object({
  image: z.string(),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()),
});
const composeFile = z.object({
  services: z.strictObject({
    app: service.extend({
      env_file: z.string(),
      ports: z.array(z.string()).nonempty(),
      depends_on: z.object({ db: z.object({ condition: z.string() }) }),
    }),
    db: service.extend({
      shm_size: z.string(),
      ports: z.undefined().optional(),
      healthcheck: z.object({ test: z.array(z.string()).nonempty() }),
    }),
  }),
  volumes: z.record(z.string(), z.unknown()),
});

describe('docker-compose.yml', () => {
  const text = read('docker-compose.yml');
  const { services, volumes } = composeFile.parse(parse(text));

  /** What Docker Compose makes of `${NAME:-default}` and `${NAME:?message}`, the innermost first. */
  const interpolate = (value: string, variables: Record<string, string>): string => {
    const match = /\$\{(\w+):([-?])([^${}]*)\}/.exec(value);
    if (!match) return value;
    const [whole, name = '', operator, rest = ''] = match;
    const given = variables[name] ?? '';
    if (given === '' && operator === '?') throw new Error(rest);
    return interpolate(value.replace(whole, given === '' ? rest : given), variables);
  };
  const environmentOf = (name: 'app' | 'db', variables: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(services[name].environment).map(([key, value]) => [key, interpolate(value, variables)]),
    );

  test('demands a password for the database, and gives both services the same', () => {
    expect(() => environmentOf('db', {})).toThrow(/POSTGRES_PASSWORD.*\.env/);
    expect(() => environmentOf('app', {})).toThrow(/POSTGRES_PASSWORD.*\.env/);
    const variables = { POSTGRES_PASSWORD: 'secret' };
    const db = environmentOf('db', variables);
    const url = new URL(loadConfig({}, environmentOf('app', variables)).databaseUrl ?? '');
    expect([url.hostname, url.username, url.password, url.pathname]).toEqual([
      'db',
      db['POSTGRES_USER'],
      db['POSTGRES_PASSWORD'],
      `/${db['POSTGRES_DB'] ?? ''}`,
    ]);
  });

  test('publishes to this machine alone: that is why it may serve without keys', () => {
    const config = loadConfig({}, environmentOf('app', { POSTGRES_PASSWORD: 'secret' }));
    expect(config.allowAnonymous).toBe(true);
    expect(config.publicUrl).toBe(`http://127.0.0.1:${config.port}`);
    expect(services.app.ports.map((port) => interpolate(port, {}))).toEqual([
      `127.0.0.1:${config.port}:${config.port}`,
    ]);
    const locked = environmentOf('app', { POSTGRES_PASSWORD: 'secret', PICTOGRAPH_ALLOW_ANONYMOUS: 'false' });
    expect(loadConfig({}, locked).allowAnonymous).toBe(false);
  });

  test('starts the application when a database that it accepts is healthy', () => {
    expect(services.app.depends_on.db.condition).toBe('service_healthy');
    expect(services.db.healthcheck.test).toContain('pg_isready');
    const tag = /^pgvector\/pgvector:(\d+)\.(\d+)\.(\d+)-pg(\d+)/
      .exec(services.db.image)
      ?.slice(1)
      .map(Number);
    const [major = 0, minor = 0, patch = 0, postgres = 0] = tag ?? [];
    expect(major * 10_000 + minor * 100 + patch).toBeGreaterThanOrEqual(804);
    expect(postgres).toBeGreaterThanOrEqual(15);
  });

  test('keeps the data of both in volumes, where they look for it', () => {
    expect(services.app.volumes).toEqual([`data:${imageEnvironment['PICTOGRAPH_DATA'] ?? ''}`]);
    expect(services.db.volumes).toEqual(['database:/var/lib/postgresql']);
    expect(Object.keys(volumes).toSorted()).toEqual(['data', 'database']);
  });

  test('interpolates only variables that .env.example tells', () => {
    const names = [...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1]);
    expect(names).not.toEqual([]);
    for (const name of names) expect(read('.env.example')).toMatch(new RegExp(`^#?${name ?? ''}=`, 'm'));
  });
});

describe('.env.example', () => {
  const composeOnly = ['POSTGRES_PASSWORD', 'PICTOGRAPH_PORT'];
  const listed = [...read('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]*)=(.*)$/gm)]
    .map(([, name = '', value = '']): [string, string] => [name, value])
    .filter(([name]) => !composeOnly.includes(name));

  test('lists every variable that Pictograph reads, once, and no other', () => {
    expect(listed.map(([name]) => name).toSorted()).toEqual(Object.keys(environment.shape).toSorted());
  });

  test('tells the defaults', () => {
    const values = Object.fromEntries(listed.filter(([, value]) => value !== ''));
    expect(environment.parse(values)).toEqual(environment.parse({}));
    const withDefault = Object.entries(environment.parse({})).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
    );
    expect(Object.keys(values).toSorted()).toEqual(withDefault.map(([name]) => name).toSorted());
  });
});
