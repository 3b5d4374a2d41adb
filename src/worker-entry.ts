import type { WorkerOptions } from 'node:worker_threads';

/**
 * Where a worker thread's code lies. Compiled, it is the `.js` beside the caller; when the sources run as they are
 * (tests, `npm run dev`), it is the `.ts`, which the thread can load only with tsx.
 *
 * @param from `import.meta.url` of the caller
 * @param name the worker's file name without extension
 */
export function workerEntry(from: string, name: string): { url: URL; options: WorkerOptions } {
  const fromSources = from.endsWith('.ts');
  return {
    url: new URL(`./${name}${fromSources ? '.ts' : '.js'}`, from),
    options: fromSources ? { execArgv: ['--import', 'tsx'] } : {},
  };
}
