import { parentPort } from 'node:worker_threads';
import { Pool } from 'undici';
import { z } from 'zod';

const asked = z.object({
  url: z.string(),
  body: z.string(),
  clients: z.int(),
  /** Requests in all. */
  requests: z.int(),
});

/** Clients that each send their next request when the last is answered, as fast as the server lets them. */
async function load({ url, body, clients, requests }: z.infer<typeof asked>): Promise<void> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: clients, pipelining: 1 });
  let sent = 0;
  const client = async () => {
    while (sent++ < requests) {
      const response = await pool.request({
        path: pathname,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const answer = Buffer.from(await response.body.arrayBuffer());
      if (response.statusCode !== 200 || answer.includes('"errors":'))
        throw new Error(answer.toString().slice(0, 500));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  await pool.close();
}

parentPort?.on('message', (message: unknown) => {
  load(asked.parse(message)).then(
    () => parentPort?.postMessage({}),
    (error: unknown) => parentPort?.postMessage({ failed: String(error) }),
  );
});
parentPort?.postMessage('ready');
