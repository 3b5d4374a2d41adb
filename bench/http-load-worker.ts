import { parentPort } from 'node:worker_threads';
import { Pool } from 'undici';
import { z } from 'zod';

const asked = z.object({
  url: z.string(),
  /** Each client begins at another place of these and goes round. */
  bodies: z.array(z.string()).min(1),
  clients: z.int(),
  /** Requests in all. */
  requests: z.int(),
});

/** Clients that each send their next request when the last is answered, as fast as the server lets them. */
async function load({ url, bodies, clients, requests }: z.infer<typeof asked>) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: clients, pipelining: 1 });
  const milliseconds: number[] = [];
  let sent = 0;
  const client = async () => {
    for (let i = sent++; i < requests; i = sent++) {
      const started = performance.now();
      const { statusCode, body } = await pool.request({
        path: pathname,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: bodies[i % bodies.length] ?? '',
      });
      const answer = Buffer.from(await body.arrayBuffer());
      milliseconds.push(performance.now() - started);
      if (statusCode !== 200 || answer.includes('"errors":'))
        throw new Error(answer.toString().slice(0, 500));
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  return { seconds, milliseconds };
}

parentPort?.on('message', (message: unknown) => {
  load(asked.parse(message)).then(
    (answer) => parentPort?.postMessage(answer),
    (error: unknown) => parentPort?.postMessage({ failed: String(error) }),
  );
});
parentPort?.postMessage('ready');
