import { pino, type Logger } from 'pino';

export type { Logger };

/** Levels that LOG_LEVEL accepts. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * JSON lines on standard error: standard output belongs to what a command was asked for.
 * Keys and passwords never reach the log, wherever a caller may have put them.
 */
export function createLogger(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: ['*.authorization', '*.password', '*.connectionString'], censor: '[hidden]' },
    },
    pino.destination(2),
  );
}
