import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The built program, running: what a user starts from a shell. */
export interface Program {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the first match in standard output; rejects when the program ends without it. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const running = new Set<ChildProcess>();

/**
 * Starts `pictograph ARGS` as a user would, without any of this shell's Pictograph variables.
 *
 * @param through a command that starts another one: `nsenter`, `setpriv`
 */
export function startProgram(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  through: readonly string[] = [],
): Program {
  const program = [process.execPath, path.join(PROJECT_ROOT, 'bin', 'pictograph.js'), ...args];
  const [command = process.execPath, ...rest] = [...through, ...program];
  const child = spawn(command, rest, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => {
    running.delete(child);
    return code ?? signal ?? 0;
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(stdout);
          if (match) resolve(match);
        };
        look();
        child.stdout.on('data', look);
        void ended.then((code) => {
          reject(new Error(`ended with ${code} before ${String(pattern)} appeared:\n${stdout}\n${stderr}`));
        });
      }),
  };
}

/** Runs `pictograph ARGS` to its end. */
export async function runProgram(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  through: readonly string[] = [],
): Promise<{ code: number | NodeJS.Signals; stdout: string; stderr: string }> {
  const program = startProgram(args, variables, through);
  const code = await program.ended;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

/** Ends what a failed test left running. */
export async function endPrograms(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    }),
  );
}
