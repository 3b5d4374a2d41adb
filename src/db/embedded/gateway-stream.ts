import { Duplex } from 'node:stream';

/** What happens on a client's stream. */
export interface StreamEvents {
  data(chunk: Buffer): void;
  /** The client sends nothing more. */
  end(): void;
  /** The stream is gone, whoever ended it. Called once. */
  gone(): void;
}

/** The gateway's end of a connection, in the shape of the socket that node-postgres expects from its `stream` option. */
export class GatewayStream extends Duplex {
  readonly #events: StreamEvents;

  constructor(events: StreamEvents) {
    super({ allowHalfOpen: false });
    this.#events = events;
  }

  connect(): this {
    setImmediate(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /**
   * Sends to the client, never within the caller's turn: a client that got its answer while it was still sending would
   * take it for the answer to something else.
   */
  deliver(bytes: Buffer): void {
    setImmediate(() => {
      if (!this.destroyed && !this.readableEnded) this.push(bytes);
    });
  }

  /** Ends the connection after what was delivered, whether or not the client still reads. */
  finish(): void {
    setImmediate(() => {
      if (!this.destroyed && !this.readableEnded) this.push(null);
      setImmediate(() => this.destroy());
    });
  }

  override _read(): void {
    // Replies are pushed when they come.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#events.data(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.#events.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#events.gone();
    done(error);
  }
}
