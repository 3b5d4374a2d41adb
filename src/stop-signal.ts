import type { Logger } from './log.js';

/** Aborts at the first SIGTERM or SIGINT; the second one ends the process with the shell's code for that signal. */
export function stopSignal(log: Logger): AbortSignal {
  const controller = new AbortController();
  const stop = (name: 'SIGTERM' | 'SIGINT', exitCode: number) => () => {
    if (controller.signal.aborted) process.exit(exitCode);
    log.info({ signal: name }, 'Finishing what is running; the same signal again ends at once');
    controller.abort();
  };
  process.on('SIGTERM', stop('SIGTERM', 143));
  process.on('SIGINT', stop('SIGINT', 130));
  return controller.signal;
}
