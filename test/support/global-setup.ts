import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A data folder with a migrated database that nobody has open. */
    embeddedTemplate: string;
  }
}

/** Creating an embedded database takes seconds: it is done once a run, and every test copies it. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env['TEST_DATABASE_URL']) {
    console.log(
      'On PostgreSQL. Skipped, because they are about the embedded database itself: its tests, and its lock.',
    );
    return undefined;
  }
  console.log(
    'On the embedded database. Skipped, because they need several connections: tests with TEST_DATABASE_URL.',
  );
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-template-'));
  // In a process of its own: Vitest's module runner cannot start worker threads from TypeScript here.
  await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    path.join(import.meta.dirname, 'make-template.ts'),
    folder,
  ]);
  project.provide('embeddedTemplate', folder);
  return () => rm(folder, { recursive: true, force: true });
}
