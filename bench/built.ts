import { fileURLToPath } from 'node:url';

/**
 * Modules of the program as `npm run build` leaves them, for measuring what takes microseconds: tsx, which runs the sources, wraps every
 * function where it is made, so that its name survives, and that alone was a tenth of a page of images.
 *
 * @param file below `src`, such as `app.js`
 */
export async function built<T>(file: string): Promise<T> {
  const path = fileURLToPath(new URL(`../dist/${file}`, import.meta.url));
  try {
    return (await import(path)) as T;
  } catch (error) {
    throw new Error(`${path} cannot be loaded: run \`npm run build\` first.`, { cause: error });
  }
}
