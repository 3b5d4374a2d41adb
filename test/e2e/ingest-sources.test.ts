import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { EXIF, plainJpeg } from '../support/metadata.js';
import { makePicture } from '../support/pictures.js';
import { endPrograms, PROJECT_ROOT, runProgram } from '../support/program.js';

interface Told {
  readonly source: string;
  readonly line?: number;
  readonly outcome: string;
  readonly id?: number;
  readonly code?: string;
  readonly message?: string;
}

let database: TestDatabase;
let folder: string;
let variables: Record<string, string>;
let seed = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  variables = { ...database.variables, CLIP_MODEL: 'pictogram-clip', CLIP_VISION_WORKERS: '1' };
  folder = path.join(database.variables['PICTOGRAPH_DATA'] ?? '', 'sources');
  await mkdir(folder);
});
afterAll(async () => {
  await endPrograms();
  await database.drop();
});

async function put(name: string, bytes?: Buffer | string): Promise<void> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes ?? (await makePicture(++seed, { format: 'png' })));
}

/** Runs the command and reads its report: what it told of each source, names relative to the test's folder. */
async function ingest(...args: string[]): Promise<{ code: unknown; told: Told[]; stdout: string }> {
  const report = path.join(folder, '..', 'report.jsonl');
  const { code, stdout, stderr } = await runProgram(['ingest', '--report', report, ...args], variables);
  const text = await readFile(report, 'utf8').catch(() => {
    throw new Error(stderr);
  });
  const told = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told)
    .filter((line) => 'source' in line)
    .map((line) => ({ ...line, source: line.source.replace(`${folder}/`, '') }));
  return { code, told, stdout };
}

const shortly = (told: readonly Told[]) =>
  told
    .map(({ source, outcome, code }) => [source, outcome, ...(code === undefined ? [] : [code])].join(' '))
    .sort();

describe('what ingest takes', () => {
  it('expands globs in quotes, and takes a name that looks like one for what it is', async () => {
    await put('globs/2023/a.png');
    await put('globs/2024/b.png');
    await put('globs/2024/deep/c.png');
    await put('globs/2024/d.txt', 'no image');
    await put('globs/2024/.hidden/e.png');
    await put('globs/[x].png');
    const glob = (pattern: string) => path.join(folder, 'globs', pattern);
    const { code, told } = await ingest(
      glob('202?/*.png'),
      glob('{2024,2025}/deep'),
      glob('[x].png'),
      glob('*.webp'),
    );
    expect(shortly(told)).toEqual(
      [
        'globs/*.webp rejected NO_MATCH',
        'globs/2023/a.png added',
        'globs/2024/b.png added',
        'globs/2024/deep/c.png added',
        'globs/[x].png added',
      ].sort(),
    );
    expect(code).toBe(1);
    const again = await ingest(glob('**'));
    expect(shortly(again.told)).toEqual(
      [
        'globs/2023/a.png duplicate',
        'globs/2024/b.png duplicate',
        'globs/2024/d.txt skipped UNSUPPORTED',
        'globs/2024/deep/c.png duplicate',
        'globs/[x].png duplicate',
      ].sort(),
    );
    expect(again.code).toBe(0);
  });

  it('reads a manifest, and reports its bad lines by number', async () => {
    await put('manifest/pictures/one.png');
    await put('manifest/pictures/two.png');
    const entries: unknown[] = [
      { path: 'pictures/one.png', title: 'The first', tags: ['red'], metadata: { shelf: 3 } },
      { path: 'pictures/three.png' },
      { path: 'pictures/two.png', tgas: ['red'] },
      { path: 'pictures/two.png', url: 'https://example.org/' },
      { path: 'pictures/two.png', tags: 'red' },
      { path: 'pictures/two.png', title: 'x'.repeat(2000) },
      { path: 'pictures/two.png', tags: ['x'.repeat(2_000_000)] },
      { url: 'http://127.0.0.1:9/secret.png' },
      ['pictures/two.png'],
    ];
    const lines = entries.map((entry) => JSON.stringify(entry));
    await put(
      'manifest/list.jsonl',
      `\u{feff}${lines.join('\r\n')}\n\nnot json\n{"path": "pictures/two.png"}`,
    );
    const { code, told } = await ingest(
      '--manifest',
      path.join(folder, 'manifest/list.jsonl'),
      '--tag',
      'all',
    );
    expect(code).toBe(1);
    const byLine = new Map(told.map((each) => [each.line, each]));
    expect(
      [...byLine]
        .sort(([a = 0], [b = 0]) => a - b)
        .map(([line, { outcome, code: why }]) => [line, outcome, why]),
    ).toEqual([
      [1, 'added', undefined],
      [2, 'rejected', 'INVALID_INPUT'],
      [3, 'rejected', 'INVALID_LINE'],
      [4, 'rejected', 'INVALID_LINE'],
      [5, 'rejected', 'INVALID_LINE'],
      [6, 'rejected', 'INVALID_INPUT'],
      [7, 'rejected', 'INVALID_LINE'],
      [8, 'rejected', 'URL_REFUSED'],
      [9, 'rejected', 'INVALID_LINE'],
      [11, 'rejected', 'INVALID_LINE'],
      [12, 'added', undefined],
    ]);
    expect(byLine.get(3)?.message).toMatch(/Line 3 .*"tgas".*"title".*"tags".*"metadata".*"takenAt"/);
    expect(byLine.get(4)?.message).toMatch(/either "path" or "url"/);
    expect(byLine.get(5)?.message).toMatch(/wrong "tags"/);

    const opened = await database.open();
    try {
      const { rows } = await opened.pool.query('SELECT title, tags, metadata FROM images WHERE id = $1', [
        byLine.get(1)?.id,
      ]);
      expect(rows).toEqual([{ title: 'The first', tags: ['all', 'red'], metadata: { shelf: 3 } }]);
    } finally {
      await opened.close();
    }
  });

  it('takes the time of a manifest before that of the file', async () => {
    const photograph = async (shade: number) =>
      sharp(await plainJpeg(shade))
        .withExif(EXIF)
        .jpeg()
        .toBuffer();
    for (const shade of [1, 2]) await put(`times/${shade}.jpg`, await photograph(shade));
    const entries = [
      { path: '1.jpg', takenAt: '1999-12-31T23:59:59+01:00' },
      { path: '2.jpg' },
      { path: '1.jpg', takenAt: '1999-12-31' },
      { path: '1.jpg', takenAt: '0000-12-31T23:59:59Z' },
    ];
    await put('times/list.jsonl', entries.map((entry) => JSON.stringify(entry)).join('\n'));
    const { code, told } = await ingest('--manifest', path.join(folder, 'times/list.jsonl'));
    expect(code).toBe(1);
    expect(told.map(({ line, code: why }) => [line, why]).sort()).toEqual([
      [1, undefined],
      [2, undefined],
      [3, 'INVALID_LINE'],
      [4, 'INVALID_INPUT'],
    ]);
    const opened = await database.open();
    try {
      const { rows } = await opened.pool.query(
        'SELECT taken_at FROM images WHERE id = ANY($1::bigint[]) ORDER BY taken_at, id',
        [told.flatMap(({ id }) => id ?? [])],
      );
      expect(rows).toEqual([
        { taken_at: new Date('1999-12-31T22:59:59.000Z') },
        { taken_at: new Date('2024-06-01T10:30:15.250Z') },
      ]);
    } finally {
      await opened.close();
    }
  });

  it('reads a manifest from standard input, and stops while it waits for more', async () => {
    await put('input.png');
    const child = spawn(
      process.execPath,
      [path.join(PROJECT_ROOT, 'bin/pictograph.js'), 'ingest', '--json', '--manifest', '-'],
      {
        env: { PATH: process.env['PATH'], ...variables },
        cwd: folder,
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    const ended = once(child, 'close');
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('"added"')) child.kill('SIGINT');
    });
    child.stdin.write('{"path": "input.png"}\n');
    expect((await ended)[0]).toBe(130);
    expect(stdout).toMatch(/"source":"input.png","line":1,"outcome":"added"/);
  });

  it('gets past everything that may lie in a folder', async () => {
    await put('hostile/good.png');
    await put('hostile/line\nbreak\u{202e}gnp.png', 'no image');
    await writeFile(
      Buffer.concat([Buffer.from(`${folder}/hostile/latin`), Buffer.from([0xe9]), Buffer.from('.png')]),
      'x',
    );
    await symlink('..', path.join(folder, 'hostile/up'));
    await symlink('itself', path.join(folder, 'hostile/itself'));
    await symlink('nowhere', path.join(folder, 'hostile/gone.png'));
    await symlink('good.png', path.join(folder, 'hostile/linked.png'));
    await symlink('/dev/zero', path.join(folder, 'hostile/endless.png'));
    execFileSync('mkfifo', [path.join(folder, 'hostile/pipe.png')]);
    const server = createServer().listen(path.join(folder, 'hostile/socket.png'));
    await once(server, 'listening');
    try {
      const { code, told, stdout } = await ingest(
        path.join(folder, 'hostile'),
        path.join(folder, 'hostile/pipe.png'),
      );
      expect(code).toBe(1);
      expect(shortly(told)).toEqual(
        [
          'hostile/endless.png skipped NOT_A_FILE',
          'hostile/gone.png rejected BROKEN_LINK',
          `hostile/good.png ${told.some((each) => each.source === 'hostile/good.png' && each.outcome === 'added') ? 'added' : 'duplicate'}`,
          'hostile/itself skipped BROKEN_LINK',
          'hostile/latin\u{fffd}.png rejected INVALID_NAME',
          'hostile/line\nbreak\u{202e}gnp.png rejected UNSUPPORTED',
          `hostile/linked.png ${told.some((each) => each.source === 'hostile/linked.png' && each.outcome === 'added') ? 'added' : 'duplicate'}`,
          'hostile/pipe.png rejected INVALID_INPUT',
          'hostile/pipe.png skipped NOT_A_FILE',
          'hostile/socket.png skipped NOT_A_FILE',
          'hostile/up skipped LINKED_FOLDER',
        ].sort(),
      );
      expect(told.filter(({ outcome }) => outcome === 'added')).toHaveLength(1);
      expect(stdout).toContain('line\\u000abreak\\u202egnp.png: UNSUPPORTED');
    } finally {
      server.close();
    }
  });

  it.skipIf(process.getuid?.() === 0)('tells of files and folders that may not be read', async () => {
    await put('locked/file.png');
    await put('locked/inner/file.png');
    await chmod(path.join(folder, 'locked/file.png'), 0);
    await chmod(path.join(folder, 'locked/inner'), 0);
    const { told } = await ingest(path.join(folder, 'locked'));
    await chmod(path.join(folder, 'locked/inner'), 0o700);
    expect(shortly(told)).toEqual([
      'locked/file.png rejected INVALID_INPUT',
      'locked/inner rejected UNREADABLE_FOLDER',
    ]);
  });

  it("leaves out Pictograph's own folders when they lie within what is walked", async () => {
    const { told } = await ingest(path.join(folder, '..'));
    expect(told.length).toBeGreaterThan(5);
    expect(told.filter(({ source }) => /\/(originals|thumbnails|postgres|models)\//.test(source))).toEqual(
      [],
    );
    expect(told.filter(({ outcome }) => outcome === 'added')).toEqual([]);
  });
});
