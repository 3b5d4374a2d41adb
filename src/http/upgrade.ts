import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Why a request is not served, as an HTTP status with a code and a message. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Answers a request for an upgrade like any other request, with a JSON error. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const body = JSON.stringify({ error: { code: refusal.code, message: refusal.message } });
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n` +
      'Connection: close\r\n' +
      'Content-Type: application/json; charset=utf-8\r\n' +
      'Cache-Control: no-store\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
