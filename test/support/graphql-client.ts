import { createClient, type Client } from 'graphql-ws';
import { WebSocket, type ClientOptions } from 'ws';

/** The JSON body of a GraphQL answer, errors included. */
export interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string } & Record<string, unknown>;
  }[];
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: GraphqlAnswer;
}

export type HttpHeaders = Readonly<Record<string, string>>;

/** Sends an operation as JSON. */
export async function postGraphql(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  headers: HttpHeaders = {},
): Promise<HttpAnswer> {
  return answer(
    await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    }),
  );
}

/** Sends an operation that must succeed, and returns its data. */
export async function request<T>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<T> {
  const { body } = await postGraphql(url, query, variables);
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
  return body.data as T;
}

/** A file of a multipart request, and where in the variables it belongs: `variables.files.0`. */
export interface UploadedPart {
  readonly path: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The body of a GraphQL multipart request. */
export function multipartBody(
  query: string,
  variables: Readonly<Record<string, unknown>>,
  files: readonly UploadedPart[],
): FormData {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query, variables }));
  form.set(
    'map',
    JSON.stringify(Object.fromEntries(files.map(({ path }, index) => [String(index), [path]]))),
  );
  for (const [index, { name, bytes }] of files.entries()) {
    form.set(String(index), new Blob([new Uint8Array(bytes)]), name);
  }
  return form;
}

/** Sends an operation with files, with the header that the multipart endpoint asks for unless others are given. */
export async function uploadGraphql(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  files: readonly UploadedPart[],
  headers: HttpHeaders = { 'apollo-require-preflight': 'true' },
): Promise<HttpAnswer> {
  return answer(
    await fetch(`${url}/graphql`, { method: 'POST', headers, body: multipartBody(query, variables, files) }),
  );
}

/** A graphql-ws client that tries once and never again. */
export function webSocketClient(
  url: string,
  connectionParams: Record<string, unknown> = {},
  options: ClientOptions = {},
): Client {
  return createClient({
    url: webSocketUrl(url),
    connectionParams,
    retryAttempts: 0,
    webSocketImpl: class extends WebSocket {
      constructor(address: string, protocols?: string | string[]) {
        super(address, protocols, options);
      }
    },
  });
}

export function webSocketUrl(url: string): string {
  return `${url.replace(/^http/, 'ws')}/graphql`;
}

async function answer(response: Response): Promise<HttpAnswer> {
  const text = await response.text();
  let body: GraphqlAnswer;
  try {
    body = JSON.parse(text) as GraphqlAnswer;
  } catch (error) {
    throw new Error(`The answer (${response.status}) is no JSON: ${text.slice(0, 500)}`, { cause: error });
  }
  return { status: response.status, headers: response.headers, body };
}
