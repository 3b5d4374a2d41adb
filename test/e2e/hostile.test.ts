import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { hostileFiles, HOSTILE_MEGAPIXELS } from '../support/hostile/all-files.js';
import {
  writeFiles,
  writeLocked,
  writeNames,
  writeSpecials,
  type Expected,
} from '../support/hostile/folder.js';
import { peakMebibytes, TELL_PEAK } from '../support/peak-memory.js';
import { endPrograms, runProgram } from '../support/program.js';

interface Told {
  readonly source: string;
  readonly outcome: string;
  readonly id?: number;
  readonly code?: string;
  readonly message?: string;
}

/** MiB that the whole process may take: the model, its threads, some pictures of nine megapixels, and the embedded database. */
const MOST_MEBIBYTES = { embedded: 1536, server: 1024 } as const;

let database: TestDatabase;
let outside: string;
let folder: string;
let close: () => void = () => undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  outside = await mkdtemp(path.join(os.tmpdir(), 'pictograph-hostile-'));
  folder = path.join(outside, 'pictures');
  await mkdir(folder);
});
afterAll(async () => {
  close();
  await endPrograms();
  await database.drop();
  await chmod(path.join(folder, 'locked/folder'), 0o700).catch(() => undefined);
  // Node refuses paths as long as some of these.
  execFileSync('rm', ['-rf', outside]);
});

/** How to be somebody whom files and folders can be closed to; undefined where there is no way. */
function asSomebody(): readonly string[] | undefined {
  if (process.getuid?.() !== 0) return [];
  const through = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];
  return spawnSync('setpriv', [...through.slice(1), 'true']).status === 0 ? through : undefined;
}

describe('a folder of hostile files', () => {
  it(
    'is taken as far as it is good, and each file that is not has its reason',
    { timeout: 600_000 },
    async () => {
      const through = asSomebody();
      if (through === undefined) {
        console.log('Without files that may not be read: root reads everything, and setpriv is missing.');
      }
      const specials = await writeSpecials(folder, outside);
      close = specials.close;
      const expected: Expected = new Map([
        ...(await writeFiles(folder, await hostileFiles())),
        ...(await writeNames(folder)),
        ...specials.expected,
        ...(through === undefined ? [] : await writeLocked(folder)),
      ]);
      const bad = [...expected.values()].filter((each) => each !== 'added').length;
      expect(bad).toBeGreaterThan(150);

      const report = path.join(database.variables['PICTOGRAPH_DATA'] ?? '', 'report.jsonl');
      const { code, stdout, stderr } = await runProgram(
        ['ingest', '--json', '--report', report, folder],
        {
          ...database.variables,
          ...TELL_PEAK,
          CLIP_MODEL: 'pictogram-clip',
          CLIP_VISION_WORKERS: '2',
          ACCEPT_SVG: 'true',
          MAX_IMAGE_MEGAPIXELS: HOSTILE_MEGAPIXELS,
        },
        through,
      );
      expect(await readFile(report, 'utf8'), stderr).toBe(stdout);
      const lines = stdout.trimEnd().split('\n');
      const told = lines.map((line) => JSON.parse(line) as Told).filter((line) => 'source' in line);

      const found = told.map(({ source, outcome, code: why }): [string, string] => [
        source.replace(`${folder}/`, ''),
        why === undefined ? outcome : `${outcome} ${why}`,
      ]);
      expect(found.sort()).toEqual([...expected].sort());
      expect(code).toBe(1);

      // A reason is a sentence for people, and nothing that a terminal would act on stands in the lines.
      for (const { outcome, message = '' } of told) {
        if (outcome === 'added') continue;
        expect(message).toMatch(/^.{20,400}$/s);
        expect(message).not.toMatch(/\bError:|\bvips|node_modules|\n\s+at /i);
      }
      expect(lines.filter((line) => /[\p{Cc}\p{Cf}]/u.test(line))).toEqual([]);

      const added = told.filter(({ outcome }) => outcome === 'added');
      const opened = await database.open();
      try {
        const { rows } = await opened.pool.query(
          `SELECT count(*)::int AS images, count(*) FILTER (WHERE status = 'READY')::int AS ready,
                (SELECT count(*)::int FROM image_embeddings) AS embeddings FROM images`,
        );
        expect(rows).toEqual([{ images: added.length, ready: added.length, embeddings: added.length }]);
      } finally {
        await opened.close();
      }

      const peak = peakMebibytes(stderr);
      console.log(`${told.length} hostile files, peak of resident memory: ${peak.toFixed(0)} MiB`);
      expect(peak).toBeLessThan(MOST_MEBIBYTES[database.kind]);
    },
  );
});
