import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { multipartBody, uploadGraphql, type UploadedPart } from '../../support/graphql-client.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

const ADD = `mutation ($files: [Upload!]!) {
  addImages(input: { images: [{ source: { upload: $files } }] }) { results { __typename } }
}`;
const ADD_EACH = (
  count: number,
) => `mutation (${Array.from({ length: count }, (_, index) => `$f${index}: Upload!`).join(', ')}) {
  addImages(input: { images: [${Array.from({ length: count }, (_, index) => `{ source: { upload: $f${index} } }`).join(', ')}] }) {
    results { __typename ... on ImageRejected { code message } }
  }
}`;

let server: FakeServer;
/** Where the multipart parser keeps files until they are taken. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictograph-uploads-'));
  vi.stubEnv('TMPDIR', folder);
  server = await startFakeServer({ variables: { MAX_IMAGE_MB: '1' } });
});
afterAll(async () => {
  await server.close();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  server.services.calls.length = 0;
  server.services.received.length = 0;
});

const parts = (...files: readonly Uint8Array[]): UploadedPart[] =>
  files.map((bytes, index) => ({ path: `variables.f${index}`, name: `${index}.png`, bytes }));
const noVariables = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, null]));
const upload = (files: readonly Uint8Array[], query = ADD_EACH(files.length)) =>
  uploadGraphql(server.url, query, noVariables(files.length), parts(...files));

const buffered = async () => (await readdir(folder)).filter((name) => name.startsWith('capacitor-'));

describe('multipart uploads', () => {
  it('arrive whole, each where it belongs', async () => {
    const files = [
      randomBytes(10),
      randomBytes(900_000),
      randomBytes(70_000),
      Buffer.from('four'),
      randomBytes(5),
    ];
    const { status, body } = await upload(files);
    expect(status).toBe(200);
    expect(body).toEqual({
      data: { addImages: { results: files.map(() => ({ __typename: 'ImageAccepted' })) } },
    });
    const hexes = (buffers: readonly Uint8Array[]) =>
      buffers.map((bytes) => Buffer.from(bytes).toString('hex')).sort();
    expect(hexes(server.services.received)).toEqual(hexes(files));
  });

  it('need the header that no form can send', async () => {
    const { status, body } = await uploadGraphql(
      server.url,
      ADD_EACH(1),
      { f0: null },
      parts(Buffer.from('x')),
      {},
    );
    expect(status).toBe(400);
    expect(body.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/apollo-require-preflight: true/) as string,
      extensions: { code: 'BAD_USER_INPUT' },
    });
    const named = await uploadGraphql(server.url, ADD_EACH(1), { f0: null }, parts(Buffer.from('x')), {
      'x-apollo-operation-name': 'Add',
    });
    expect(named.status).toBe(200);
  });

  it('are refused one by one: one that is too large does not stop the others', async () => {
    const { body } = await upload([Buffer.from('one'), randomBytes(3 * 1024 * 1024), Buffer.from('three')]);
    expect(body.data).toMatchObject({
      addImages: {
        results: [
          { __typename: 'ImageAccepted' },
          { __typename: 'ImageRejected', code: 'TOO_LARGE' },
          { __typename: 'ImageAccepted' },
        ],
      },
    });
  });

  it('are refused one by one when the request names a file that it does not have', async () => {
    const form = multipartBody(
      ADD_EACH(2),
      { f0: null, f1: null },
      parts(Buffer.from('x'), Buffer.from('y')),
    );
    form.delete('1');
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'apollo-require-preflight': 'true' },
      body: form,
    });
    expect(await response.json()).toMatchObject({
      data: {
        addImages: {
          results: [
            { __typename: 'ImageAccepted' },
            { __typename: 'ImageRejected', code: 'UPLOAD_INCOMPLETE' },
          ],
        },
      },
    });
  });

  it('that are never looked at do no harm', async () => {
    const invalid = await upload([randomBytes(500_000)], 'query ($f0: Upload) { nothing }');
    expect(invalid.status).toBe(400);
    const unused = await uploadGraphql(
      server.url,
      '{ stats { imageCount } }',
      { f0: null },
      parts(randomBytes(500_000)),
    );
    expect(unused.status).toBe(200);
    expect(server.services.calls).toEqual(['images.stats']);
    await expect.poll(buffered).toEqual([]);
  });

  it.each([
    ['more than 100 files', () => upload(Array.from({ length: 101 }, () => Buffer.from('x'))), 413],
    [
      'more than 20 times the largest image',
      () => upload(Array.from({ length: 22 }, () => randomBytes(1024 * 1024))),
      413,
    ],
  ])('of %s are refused as a whole', async (_, send, status) => {
    const answer = await send().catch((error: unknown) => error);
    // A client that is still sending may see the connection end instead of the answer.
    if (answer instanceof Error) expect(answer.message).toMatch(/fetch failed/);
    else expect(answer).toMatchObject({ status });
    expect(server.services.calls).toEqual([]);
  });

  it.each([
    ['no operations', () => new FormData()],
    [
      'operations that are no JSON',
      () => {
        const form = new FormData();
        form.set('operations', '{');
        return form;
      },
    ],
    [
      'a list of operations',
      () => {
        const form = new FormData();
        form.set('operations', '[{"query":"{ stats { imageCount } }"}]');
        form.set('map', '{}');
        return form;
      },
    ],
    [
      'a map that reaches for prototypes',
      () => {
        const form = new FormData();
        form.set('operations', '{"query":"{ stats { imageCount } }"}');
        form.set('map', '{"0":["__proto__.polluted"]}');
        form.set('0', new Blob(['x']), 'x');
        return form;
      },
    ],
  ])('with %s are answered as a JSON error', async (_, form) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'apollo-require-preflight': 'true' },
      body: form(),
    });
    expect([200, 400]).toContain(response.status);
    expect(await response.json()).toBeTypeOf('object');
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('an upload that is cut off', () => {
  const boundary = 'b0undary';
  const head = [
    `--${boundary}`,
    'Content-Disposition: form-data; name="operations"',
    '',
    JSON.stringify({ query: ADD_EACH(2), variables: { f0: null, f1: null } }),
    `--${boundary}`,
    'Content-Disposition: form-data; name="map"',
    '',
    '{"0":["variables.f0"],"1":["variables.f1"]}',
    `--${boundary}`,
    'Content-Disposition: form-data; name="0"; filename="whole.png"',
    '',
    'whole',
    `--${boundary}`,
    'Content-Disposition: form-data; name="1"; filename="part.png"',
    '',
    'the beginning',
  ].join('\r\n');
  const headers = {
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'apollo-require-preflight': 'true',
  };

  it('by a client that ends its request early is a result; the whole file is accepted', async () => {
    const body = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(`${server.url}/graphql`, { method: 'POST', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          resolve(text);
        });
      });
      request.on('error', reject);
      request.end(head);
    });
    expect(JSON.parse(body)).toMatchObject({
      data: {
        addImages: {
          results: [
            { __typename: 'ImageAccepted' },
            { __typename: 'ImageRejected', code: 'UPLOAD_INCOMPLETE' },
          ],
        },
      },
    });
    expect(server.services.received.map(String)).toEqual(['whole']);
  });

  it('by a connection that breaks keeps nothing of the file, and the server goes on', async () => {
    const { port } = new URL(server.url);
    const rejections = vi.fn();
    process.on('unhandledRejection', rejections);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n` +
        Object.entries(headers)
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('') +
        `\r\n${head}`,
    );
    await expect.poll(() => server.services.calls).toEqual(['images.add', 'images.add']);
    socket.destroy();
    await expect.poll(buffered).toEqual([]);
    expect(server.services.received.map(String)).toEqual(['whole']);
    expect((await upload([Buffer.from('next')])).status).toBe(200);
    process.off('unhandledRejection', rejections);
    expect(rejections).not.toHaveBeenCalled();
  });
});

it('refuses files where the schema has none', async () => {
  const { body } = await uploadGraphql(server.url, ADD, { files: [null] }, [
    { path: 'variables.files.0', name: 'x.png', bytes: Buffer.from('x') },
  ]);
  expect(body.errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
});
