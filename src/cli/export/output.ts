import { once } from 'node:events';
import { open, rename, rm } from 'node:fs/promises';
import { messageOf, OperatorError } from '../../errors.js';

/** Where bytes of an export go. */
export interface Output {
  write(bytes: string | Uint8Array): Promise<void>;
  /** Overwrites bytes at the beginning, where that is possible. */
  rewrite?(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

/** The name under which a file is written until it is whole. */
export function partialName(file: string): string {
  return `${file}.partial`;
}

/** A file that appears under its name when it is whole, and takes the place of one that was there. */
export async function fileOutput(file: string): Promise<Required<Output>> {
  const partial = partialName(file);
  const handle = await open(partial, 'w').catch((error: unknown) => {
    throw new OperatorError(`${file} cannot be written: ${messageOf(error)}`);
  });
  return {
    write: async (bytes) => {
      await handle.writeFile(bytes);
    },
    rewrite: async (bytes) => {
      await handle.write(bytes, 0, bytes.length, 0);
    },
    async finish() {
      await handle.sync();
      await handle.close();
      await rename(partial, file);
    },
    async abandon() {
      await handle.close();
      await rm(partial, { force: true });
    },
  };
}

/** Standard output, at the pace of whoever reads it. */
export function standardOutput(): Output {
  return {
    async write(bytes) {
      if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
    },
    finish: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  };
}
