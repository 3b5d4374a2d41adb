import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCK_FILE, lockFolder } from '../../../../src/db/embedded/lock-file.js';
import { identifyThisProcess, type ProcessIdentity } from '../../../../src/db/embedded/process-identity.js';
import { OperatorError } from '../../../../src/errors.js';
import { createLogger } from '../../../../src/log.js';

const log = createLogger('silent');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lock = (silenceMs = 50) => lockFolder({ folder, log, onLost: () => undefined, silenceMs });
const file = () => path.join(folder, LOCK_FILE);
const holder = async (): Promise<unknown> => JSON.parse(await readFile(file(), 'utf8'));
const leave = (identity: Partial<ProcessIdentity>) =>
  writeFile(file(), JSON.stringify({ ...identifyThisProcess('left-behind'), ...identity }));

describe('the lock of a data folder', () => {
  it('says who has it, and leaves nothing behind', async () => {
    const held = await lock();
    expect(await holder()).toMatchObject({ pid: process.pid, host: os.hostname() });
    await held.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is had by one only, also within a process', async () => {
    const held = await lock();
    await expect(lock()).rejects.toThrow(`in use by process ${process.pid}`);
    await expect(lock()).rejects.toBeInstanceOf(OperatorError);
    await held.release();
    await (await lock()).release();
  });

  it('goes to exactly one of many that want it at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lock()));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken from a dead process by exactly one of many', async () => {
    for (let round = 0; round < 10; round++) {
      await leave({ pid: 4_000_000 + round, token: `dead-${round}` });
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => lock()));
      const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(won).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected')
          expect(String(result.reason)).toContain(`in use by process ${process.pid}`);
      }
      await won[0]?.release();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it.runIf(process.platform === 'linux')(
    'does not mistake a new process for the dead one that had its id',
    async () => {
      await leave({ pid: process.ppid, processStart: '1' });
      await (await lock()).release();
    },
  );

  it('does not ask another machine whether a process lives, but waits for a sign of life', async () => {
    await leave({ host: 'elsewhere' });
    const alive = setInterval(() => void utimes(file(), new Date(), new Date()), 10);
    await expect(lock(2_000)).rejects.toThrow('on elsewhere');
    clearInterval(alive);
    const held = await lock(50);
    expect(await holder()).toMatchObject({ host: os.hostname() });
    await held.release();
  });

  it('waits for a sign of life as well when another container of the same name has it', async () => {
    await leave({ place: 'another boot, another namespace' });
    const held = await lock(50);
    await held.release();
  });

  it.each(['', 'not json', '{"pid":"x"}'])(
    'is taken when it says %j and nobody touches it',
    async (content) => {
      await writeFile(file(), content);
      const held = await lock(50);
      expect(await holder()).toMatchObject({ pid: process.pid });
      await held.release();
    },
  );

  it('is not taken away by the release of one that lost it', async () => {
    const held = await lock();
    await leave({ pid: process.ppid });
    await held.release();
    expect(await holder()).toMatchObject({ pid: process.ppid });
  });
});
