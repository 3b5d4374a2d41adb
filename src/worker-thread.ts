import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a worker thread whose code lies beside the caller's. Compiled, that is a `.js` file. When the sources run as
 * they are (tests, `npm run dev`), it is a `.ts` file: then the thread registers tsx first, because a thread does not
 * inherit the loader of the thread that starts it (and `--import tsx` does nothing outside the main thread).
 *
 * @param from `import.meta.url` of the caller
 * @param name the worker's file name without extension
 */
export function startWorkerThread(from: string, name: string, options: WorkerOptions = {}): Worker {
  if (!from.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, from), options);
  const tsx = import.meta.resolve('tsx/esm/api');
  const entry = new URL(`./${name}.ts`, from).href;
  const code = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(entry)}); })`;
  return new Worker(code, { ...options, eval: true });
}
