import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../config.js';
import { errorCode } from '../../errors.js';

const RANDOM_BYTES = 24;

/** The password of the analytics port: ANALYTICS_PASSWORD, or one that is made once and kept where only this user can read it. */
export async function analyticsPassword({
  analytics,
  dataFolder,
}: Pick<Config, 'analytics' | 'dataFolder'>): Promise<string> {
  if (analytics.password !== undefined) return analytics.password;
  const file = path.join(dataFolder, 'analytics-password');
  try {
    const stored = (await readFile(file, 'utf8')).trim();
    if (stored !== '') return stored;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  const password = randomBytes(RANDOM_BYTES).toString('base64url');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  return password;
}
