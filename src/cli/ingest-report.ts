import { closeSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { OperatorError, messageOf } from '../errors.js';
import { jsonLine } from './printable.js';

/** A file of JSON lines that grows as the work goes on. */
export interface IngestReport {
  readonly path: string;
  /** Once it returns, the line survives a kill of the process. */
  write(value: unknown): void;
  close(): void;
}

/** EX_CANTCREAT of sysexits.h. */
const CANNOT_CREATE = 73;

/**
 * Begins a report in the place of an earlier one.
 *
 * @throws OperatorError when the file cannot be written, or holds something that is no report: `--report pictures/*` would
 *   otherwise destroy a picture
 */
export function openReport(path: string): IngestReport {
  let fd: number;
  try {
    refuseToOverwrite(path);
    fd = openSync(path, 'w');
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(
      `The report ${path} cannot be written: ${messageOf(error)}. Name a file in a folder that may be written.`,
      CANNOT_CREATE,
      { cause: error },
    );
  }
  return {
    path,
    write(value) {
      // One call a line, and straight to the system: a process that is killed leaves whole lines.
      const line = Buffer.from(`${jsonLine(value)}\n`);
      try {
        for (let written = 0; written < line.length;) written += writeSync(fd, line, written);
      } catch (error) {
        throw new OperatorError(
          `The report ${path} cannot be written on: ${messageOf(error)}. Run the same command again once that is mended.`,
          CANNOT_CREATE,
          { cause: error },
        );
      }
    },
    close() {
      try {
        fsyncSync(fd);
      } catch {
        // A pipe or a terminal has no disk to write to.
      }
      closeSync(fd);
    },
  };
}

function refuseToOverwrite(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  // Opening a pipe to read would wait for somebody to write.
  if (there?.isFile() !== true) return;
  const fd = openSync(path, 'r');
  try {
    const start = Buffer.alloc(2);
    const length = readSync(fd, start, 0, start.length, 0);
    if (length > 0 && start.toString('latin1') !== '{"') {
      throw new OperatorError(
        `${path} exists and is no report, so it is not overwritten. Name another file after --report.`,
        CANNOT_CREATE,
      );
    }
  } finally {
    closeSync(fd);
  }
}
