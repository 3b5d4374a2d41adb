import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { describeDatabaseTrouble } from '../database-trouble.js';
import { messageOf, RequestError, type ErrorCode } from '../errors.js';
import type { Logger } from '../log.js';

export const GRAPHQL_PATH = '/graphql';

type AnswerCode =
  ErrorCode | 'BAD_REQUEST' | 'MISDIRECTED_REQUEST' | 'METHOD_NOT_ALLOWED' | 'INTERNAL_SERVER_ERROR';

/** Errors of body parsers: `expose` marks messages that are meant for the client. */
const httpError = z.object({
  status: z.int().min(400).max(499),
  expose: z.literal(true),
  message: z.string(),
  type: z.string().optional(),
  limit: z.number().optional(),
});
const STATUS: Record<ErrorCode, number> = {
  BAD_USER_INPUT: 400,
  INVALID_CURSOR: 400,
  IMAGE_NOT_READY: 409,
  OTHER_MODEL: 409,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  // It may come back; the content that the address promises, hardly.
  ORIGINAL_MISSING: 404,
  ORIGINAL_CHANGED: 410,
  TOO_LARGE: 413,
  UNAVAILABLE: 503,
};

/** Answers with an error as JSON: on the GraphQL path in GraphQL's form, so that clients need to know only one. */
export function sendError(
  response: Response,
  status: number,
  code: AnswerCode,
  message: string,
  errorId?: string,
): void {
  const id = errorId === undefined ? {} : { errorId };
  response.status(status).set('Cache-Control', 'no-store');
  for (const header of ['ETag', 'Content-Disposition', 'Content-Type']) response.removeHeader(header);
  if (status === 401) response.set('WWW-Authenticate', 'Bearer realm="pictograph"');
  response.json(
    response.req.baseUrl + response.req.path === GRAPHQL_PATH
      ? { errors: [{ message, extensions: { code, ...id } }] }
      : { error: { code, message, ...id } },
  );
}

/** The last route: nothing else answered. */
export const notFound: RequestHandler = (request, response) => {
  sendError(
    response,
    404,
    'NOT_FOUND',
    `There is nothing at ${request.method} ${request.path}. The API is at ${GRAPHQL_PATH}.`,
  );
};

/** The one place where errors of routes become answers: no stack trace, path or SQL text ever leaves here. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      log.warn({ err: error, path: request.path }, 'An answer broke off');
      next(error);
      return;
    }
    if (error instanceof RequestError) {
      sendError(response, STATUS[error.code], error.code, error.message);
      return;
    }
    const parsed = httpError.safeParse(error);
    if (parsed.success) {
      const { status } = parsed.data;
      sendError(response, status, status === 413 ? 'TOO_LARGE' : 'BAD_REQUEST', explain(parsed.data));
      return;
    }
    const trouble = describeDatabaseTrouble(error);
    if (trouble !== undefined) {
      log.warn({ reason: messageOf(error), path: request.path }, 'The database cannot be used');
      sendError(response, STATUS.UNAVAILABLE, 'UNAVAILABLE', trouble);
      return;
    }
    const errorId = response.get('X-Request-Id');
    log.error({ err: error, errorId, path: request.path }, 'A request failed');
    sendError(
      response,
      500,
      'INTERNAL_SERVER_ERROR',
      `Something went wrong on the server. Its log says what, under the id ${errorId ?? 'of this request'}.`,
      errorId,
    );
  };
}

/** The parsers' own messages are short; people want to know what to do. */
function explain({ type, limit, message }: z.infer<typeof httpError>): string {
  if (type === 'entity.parse.failed') return `The body is not valid JSON (${message}).`;
  if (type === 'entity.too.large') {
    return `The body is larger than ${limit ?? 0} bytes, the most that is accepted. Send images as multipart uploads, or fewer at once.`;
  }
  return message;
}
