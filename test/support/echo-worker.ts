import { parentPort } from 'node:worker_threads';

const answer: string = 'hello' satisfies string;
parentPort?.once('message', (message: string) => {
  parentPort?.postMessage(message === answer ? message : 'something else');
});
