import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postGraphql } from '../../support/graphql-client.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

let server: FakeServer;
beforeAll(async () => {
  server = await startFakeServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.services.calls.length = 0;
  server.services.failures.clear();
});

describe('errors', () => {
  it('hides what went wrong inside, and leaves an id that the log has too', async () => {
    server.services.failures.set(
      'images.stats',
      new Error(
        'relation "images" does not exist at /srv/pictograph/src/db/stats.ts: SELECT secret FROM images',
      ),
    );
    const { status, body } = await postGraphql(server.url, '{ stats { imageCount } }');
    expect(status).toBe(200);
    const [error] = body.errors ?? [];
    expect(error?.extensions).toEqual({
      code: 'INTERNAL_SERVER_ERROR',
      errorId: expect.any(String) as string,
    });
    expect(JSON.stringify(body)).not.toMatch(/secret|relation|\/srv|stack/);
    const line = server.log.find((entry) => entry.includes(String(error?.extensions['errorId'])));
    expect(line).toMatch(/SELECT secret/);
  });

  it.each([
    ['syntax', '{ images(', 'GRAPHQL_PARSE_FAILED', 400],
    ['an unknown field', '{ imagez { id } }', 'GRAPHQL_VALIDATION_FAILED', 400],
    [
      'a variable of the wrong type',
      'query ($x: Int!) { images(first: $x) { totalCount } }',
      'BAD_USER_INPUT',
      400,
    ],
    [
      'no such operation',
      'query A { stats { imageCount } } query B { stats { imageCount } }',
      'OPERATION_RESOLUTION_FAILURE',
      400,
    ],
    [
      'two ways at once',
      '{ search(query: { text: "a", vector: [1] }) { nodes { id } } }',
      'GRAPHQL_VALIDATION_FAILED',
      400,
    ],
    [
      'an upload in JSON',
      'query ($f: Upload!) { search(query: { image: { upload: $f } }) { nodes { id } } }',
      'BAD_USER_INPUT',
      400,
    ],
  ])('tells about %s', async (_, query, code, status) => {
    const answer = await postGraphql(server.url, query, { x: 'text', f: 'text' });
    expect(answer.body.errors?.[0]?.extensions).toEqual({ code });
    expect(answer.status).toBe(status);
  });

  it.each([
    ['no JSON', 'application/json', '{', 400],
    ['a list of operations', 'application/json', '[{"query":"{ stats { imageCount } }"}]', 400],
    ['an empty body', 'application/json', '', 400],
    ['a text', 'text/plain', '{"query":"{ stats { imageCount } }"}', 400],
    ['a form', 'application/x-www-form-urlencoded', 'query=%7Bstats%7BimageCount%7D%7D', 400],
  ])('refuses %s as a JSON error', async (_, type, body, status) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expect(response.status).toBe(status);
    const { errors } = (await response.json()) as {
      errors: { message: string; extensions: { code: string } }[];
    };
    expect(errors[0]?.extensions.code).toBe('BAD_REQUEST');
    expect(errors[0]?.message).not.toMatch(/node_modules|\n +at /);
  });

  it('refuses a body that is too large before it has read all of it', async () => {
    const small = await startFakeServer({ variables: { MAX_BODY_MB: '1' } });
    const { status, body } = await postGraphql(small.url, '{ stats { imageCount } }', {
      x: 'x'.repeat(1_100_000),
    });
    await small.close();
    expect(status).toBe(413);
    expect(body.errors?.[0]).toMatchObject({ extensions: { code: 'TOO_LARGE' } });
  });

  it('answers other paths with a JSON error', async () => {
    const response = await fetch(`${server.url}/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: { code: 'NOT_FOUND', message: 'There is nothing at GET /nothing. The API is at /graphql.' },
    });
  });
});
