import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** What goes wrong with a file. */
export type Fault =
  /** Answers with this status. */
  | { readonly status: number }
  /** Sends so much of it, then breaks the connection; the whole length was announced. */
  | { readonly cutAfter: number }
  /** Announces and sends only so much of it. */
  | { readonly shortened: number }
  /** Sends so much of it, then nothing more, with the connection open. */
  | { readonly stallAfter: number }
  /** Sends this instead. */
  | { readonly body: string }
  /** Never answers. */
  | { readonly silent: true };

export interface TestHub {
  /** Address, with the prefix. */
  readonly url: string;
  /** Every request as `METHOD path`, in order; ranges as `METHOD path bytes=…`. */
  readonly requests: string[];
  /** The `Authorization` of every request. */
  readonly logins: (string | undefined)[];
  /** Lets a file fail, for GET only, as often as told; `status` and `silent` count for HEAD, too. */
  readonly fail: (file: string, fault: Fault, times?: number) => void;
  /** Gives up all connections and the port. */
  close(): Promise<void>;
}

export interface TestHubOptions {
  /** Where the files are. */
  readonly folder: string;
  /** `owner/name` under which they are served. */
  readonly model: string;
  readonly revision?: string;
  /** Path before the model's, as mirrors have it. */
  readonly prefix?: string;
  /** Answers HEAD with 405, as simple mirrors do. */
  readonly withoutHead?: boolean;
  /** Answers with the file itself, where the hub redirects to a storage and tells size and SHA-256. */
  readonly withoutStorage?: boolean;
}

/**
 * Servers with the hub's layout and habits: small files come from `/owner/name/resolve/revision/file`, weights by a
 * redirect to a storage on another address, which is signed for GET alone and honours `Range`.
 */
export async function startTestHub(options: TestHubOptions): Promise<TestHub> {
  const {
    folder,
    model,
    revision = 'main',
    prefix = '',
    withoutHead = false,
    withoutStorage = false,
  } = options;
  const root = `${prefix}/${model}/resolve/${encodeURIComponent(revision)}/`;
  const requests: string[] = [];
  const logins: (string | undefined)[] = [];
  const faults = new Map<string, { fault: Fault; times: number }>();

  /** What goes wrong with this request, if anything. */
  const faultOf = (file: string, counts: boolean): Fault | undefined => {
    const planned = faults.get(file);
    if (planned === undefined || planned.times === 0) return undefined;
    if (counts) planned.times--;
    return planned.fault;
  };

  const serve = (root: string, respond: (request: Asked, response: ServerResponse) => void) =>
    listen((request, response) => {
      const { method = 'GET', url = '' } = request;
      const { range, authorization } = request.headers;
      requests.push([method, url, range].filter(Boolean).join(' '));
      logins.push(authorization);
      const file = url.startsWith(root) ? url.slice(root.length) : '';
      const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
      readFile(path.join(folder, file)).then(
        (content) => {
          respond({ method, file, content, from }, response);
        },
        () => response.writeHead(404).end(),
      );
    });

  const storage = await serve('/signed/', (asked, response) => {
    if (asked.method === 'HEAD') response.writeHead(403).end();
    else send(asked, faultOf(asked.file, true), response);
  });

  const hub = await serve(root, (asked, response) => {
    const { method, file, content } = asked;
    const isStored = file.endsWith('.onnx') && !withoutStorage;
    const fault = faultOf(file, method === 'GET' && !isStored);
    if (fault !== undefined && 'silent' in fault) return;
    if (fault !== undefined && 'status' in fault) response.writeHead(fault.status).end();
    else if (method === 'HEAD' && withoutHead) response.writeHead(405).end();
    else if (isStored) response.writeHead(302, storedAt(storage.url, file, content)).end();
    else if (method === 'HEAD') response.writeHead(200, { 'content-length': content.length }).end();
    else send(asked, fault, response);
  });

  return {
    url: hub.url + prefix,
    requests,
    logins,
    fail(file, fault, times = Infinity) {
      faults.set(file, { fault, times });
    },
    async close() {
      await Promise.all([hub.close(), storage.close()]);
    },
  };
}

interface Asked {
  readonly method: string;
  readonly file: string;
  readonly content: Buffer;
  /** First byte that is wanted. */
  readonly from: number;
}

async function listen(handler: RequestListener): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function storedAt(storage: string, file: string, content: Buffer) {
  return {
    location: `${storage}/signed/${file}`,
    'x-linked-size': content.length,
    'x-linked-etag': `"${createHash('sha256').update(content).digest('hex')}"`,
  };
}

function send({ content, from }: Asked, fault: Fault | undefined, response: ServerResponse): void {
  const whole = fault && 'body' in fault ? Buffer.from(fault.body) : content;
  const announced = fault && 'shortened' in fault ? whole.subarray(0, fault.shortened) : whole;
  response.writeHead(from === 0 ? 200 : 206, {
    'content-length': announced.length - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${announced.length - 1}/${announced.length}` }),
  });
  if (fault && 'stallAfter' in fault) response.write(announced.subarray(from, from + fault.stallAfter));
  else if (fault && 'cutAfter' in fault) {
    // Closed only when what was written has left: destroying drops what is still in the socket's buffer.
    response.write(announced.subarray(from, from + fault.cutAfter), () => {
      setImmediate(() => response.socket?.end());
    });
  } else response.end(announced.subarray(from));
}
