import type { RequestHandler } from 'express';

/** For answers that are data: nothing in them may run, load, or be framed. Pages (the IDEs) set their own policy. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** The headers that every answer has, whatever it is. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': DATA_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
  });
  next();
};
