import type { NextFunction, Request, RequestHandler, Response } from 'express';
import graphqlUploadExpress from 'graphql-upload/graphqlUploadExpress.mjs';
import type { Limits } from '../config.js';
import { RequestError } from '../errors.js';

const MAX_FILES = 100;
/** All files of one request together, in multiples of the largest image: they wait on disk until they are taken. */
const MAX_FULL_FILES = 20;
/** The `operations` and `map` fields of a multipart request. */
const MAX_FIELD_BYTES = 1024 * 1024;
/** So much more than an image may have reaches src/images, which then says in its own words that it is too large. */
const SLACK_BYTES = 1024 * 1024;
const PREFLIGHT_HEADERS = ['apollo-require-preflight', 'x-apollo-operation-name'];

/** Takes GraphQL multipart requests apart. Other requests pass. */
export function uploads(limits: Pick<Limits, 'imageBytes'>): RequestHandler {
  const maxBytes = MAX_FULL_FILES * limits.imageBytes;
  const parse = graphqlUploadExpress({
    maxFiles: MAX_FILES,
    maxFileSize: limits.imageBytes + SLACK_BYTES,
    maxFieldSize: MAX_FIELD_BYTES,
  });
  return (request: Request, response: Response, next: NextFunction) => {
    if (!request.is('multipart/form-data')) {
      next();
      return;
    }
    // A form of any web page can send multipart here, without the browser asking first. The parser below turns it into
    // what looks like JSON, so Apollo Server's own check would not see it.
    if (!PREFLIGHT_HEADERS.some((name) => (request.get(name) ?? '') !== '')) {
      throw new RequestError(
        'BAD_USER_INPUT',
        'A multipart request needs the header `apollo-require-preflight: true`, which no form of a web page can send (protection against cross-site request forgery).',
      );
    }
    if (Number(request.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      // Without a Content-Length there is no other way to know, and no better one to stop the sender.
      if (received > maxBytes) request.destroy();
    });
    parse(request, response, next);
  };
}

function tooLarge(maxBytes: number): RequestError {
  return new RequestError(
    'TOO_LARGE',
    `The files of one request may have ${Math.floor(maxBytes / 1024 / 1024)} MiB together. Send them in several requests.`,
  );
}
