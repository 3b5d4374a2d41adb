import { parentPort } from 'node:worker_threads';
import { Pool } from 'undici';
import { z } from 'zod';

const asked = z.object({
  url: z.string(),
  bodies: z.array(z.string()).min(1),
  clients: z.int(),
  /** Requests in all. */
  requests: z.int(),
});

/** Clients that each send their next request when the last is answered, as fast as the server lets them. */
async function load({ url, bodies, clients, requests }: z.infer<typeof asked>): Promise<number[]> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: clients, pipelining: 1 });
  const times: number[] = [];
  let sent = 0;
  const client = async () => {
    for (let number = ++sent; number <= requests; number = ++sent) {
      const started = performance.now();
      const response = await pool.request({
        path: pathname,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: bodies[(number - 1) % bodies.length] ?? '',
      });
      const answer = Buffer.from(await response.body.arrayBuffer());
      times.push(performance.now() - started);
      if (response.statusCode !== 200 || answer.includes('"errors":'))
        throw new Error(answer.toString().slice(0, 500));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  await pool.close();
  return times;
}

parentPort?.on('message', (message: unknown) => {
  load(asked.parse(message)).then(
    (times) => parentPort?.postMessage({ times }),
    (error: unknown) => parentPort?.postMessage({ failed: String(error) }),
  );
});
parentPort?.postMessage('ready');
