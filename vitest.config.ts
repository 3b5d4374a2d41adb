import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Node gives everybody the CommonJS build of graphql; Vite would give ours the ES build beside it, and GraphQL.js
// refuses to work with objects of another copy of itself.
const graphql = { find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') };

const builtThreads = {
  find: /^(\.\.?\/)+worker-thread\.js$/,
  replacement: fileURLToPath(new URL('./test/support/built-worker-thread.ts', import.meta.url)),
};

// How long `expect.poll` may wait: on a busy machine of two cores a second is not long.
const expect = { poll: { timeout: 15_000 } };

export default defineConfig({
  test: {
    globalSetup: 'test/support/build.ts',
    projects: [
      {
        resolve: { alias: [graphql] },
        // One after the other in the same process: they share nothing that lasts, and a process each took most of their time.
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 30_000,
          expect,
          isolate: false,
        },
      },
      {
        resolve: { alias: [graphql, builtThreads] },
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          globalSetup: 'test/support/global-setup.ts',
          // Each file opens a database and loads the model, on as few as two cores.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: true,
          maxWorkers: 2,
          // As above: a process each imported everything anew, which took a sixth of the time.
          isolate: false,
          expect,
          // After the unit tests: projects with different numbers of workers cannot run side by side.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
