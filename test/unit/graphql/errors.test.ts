import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { pino } from 'pino';
import { Writable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { RequestError } from '../../../src/errors.js';
import { createErrorFormatter } from '../../../src/graphql/errors.js';

const lines: string[] = [];
const log = pino(
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  }),
);
const format = createErrorFormatter({ log, hideSuggestions: false });
const located = (originalError: Error) =>
  new GraphQLError(originalError.message, { originalError, path: ['images', 0, 'url'] });
const formatted = (error: GraphQLError): GraphQLFormattedError => error.toJSON();

beforeEach(() => {
  lines.length = 0;
});

describe('error formatting', () => {
  it('tells what a RequestError says, without its cause', () => {
    const error = located(
      new RequestError('NOT_FOUND', 'There is no such image.', { cause: new Error('SELECT secret') }),
    );
    expect(format(formatted(error), error)).toEqual({
      message: 'There is no such image.',
      path: ['images', 0, 'url'],
      extensions: { code: 'NOT_FOUND' },
    });
    expect(lines).toEqual([]);
  });

  it.each([
    ['an Error', new Error('SELECT secret')],
    [
      'a subclass with a code',
      Object.assign(new Error('secret'), { code: '42P01', extensions: { code: 'X', secret: 1 } }),
    ],
    ['an OperatorError-like', Object.assign(new Error('/secret/path'), { name: 'OperatorError' })],
  ])('hides %s, and logs it under the id that it gives', (_, cause) => {
    const error = located(cause);
    const answer = format(formatted(error), error);
    expect(JSON.stringify(answer)).not.toMatch(/secret/);
    expect(answer.extensions?.['code']).toBe('INTERNAL_SERVER_ERROR');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/secret/);
    expect(lines[0]).toMatch(String(answer.extensions?.['errorId']));
    expect(lines[0]).toMatch('images.0.url');
  });

  it('does not throw for things that are no errors', () => {
    for (const thrown of [undefined, null, 'text', 42, { message: 'secret' }]) {
      expect(format({ message: 'secret' }, thrown).message).toMatch(/^Something went wrong/);
    }
  });

  it('keeps the codes of mistakes in the document, and cuts what is too long', () => {
    const answer = format(
      {
        message: 'x'.repeat(5000),
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED', stacktrace: ['secret'] },
      },
      new GraphQLError('x'),
    );
    expect(answer.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(answer.message).toHaveLength(2002);
  });

  it('can keep the schema to itself', () => {
    const hiding = createErrorFormatter({ log, hideSuggestions: true });
    expect(
      hiding(
        {
          message: 'Cannot query field "a" on type "B". Did you mean "c" or "d"?',
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
        },
        new GraphQLError('x'),
      ).message,
    ).toBe('Cannot query field "a" on type "B".');
  });
});
