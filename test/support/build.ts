import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

/** Programs and threads of the product run as they are built: without this, an old build would be tested without a word. */
export default async function setup(): Promise<void> {
  const cwd = path.resolve(import.meta.dirname, '../..');
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd }).catch((error: unknown) => {
    throw new Error(`The sources cannot be built:\n${(error as { stdout: string }).stdout}`);
  });
}
