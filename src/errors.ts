/**
 * Errors that are meant to be read. Everything else that is thrown is a surprise: it is logged with its stack and
 * leaves the process as "internal error" without details.
 */

/** Stable codes of `extensions.code` in GraphQL and of `code` in JSON answers. */
export type ErrorCode =
  | 'BAD_USER_INPUT'
  | 'INVALID_CURSOR'
  | 'NOT_FOUND'
  | 'ORIGINAL_MISSING'
  | 'ORIGINAL_CHANGED'
  | 'IMAGE_NOT_READY'
  | 'OTHER_MODEL'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'TOO_LARGE'
  | 'UNAVAILABLE';

/** A request that cannot be answered as asked. The message says what was wrong, what is allowed and what to do. */
export class RequestError extends Error {
  override readonly name: string = 'RequestError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Something that whoever operates Pictograph has to put right before it can run: configuration, a missing extension, a
 * data folder in use. The command line prints the message without a stack and exits with `exitCode`.
 */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';

  constructor(
    message: string,
    readonly exitCode = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Something is away that may be back later: trying again helps, and nobody's input is to blame. */
export function isUnavailableError(error: unknown): boolean {
  return error instanceof RequestError && error.code === 'UNAVAILABLE';
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code that errors of Node (`ENOENT`) and of PostgreSQL (`42501`) carry. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
