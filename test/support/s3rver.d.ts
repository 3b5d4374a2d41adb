/** What the tests use of the S3 server; it comes without types. */
declare module '@20minutes/s3rver' {
  import type { AddressInfo } from 'node:net';

  interface Context {
    app: object;
    readonly path: string;
    readonly method: string;
    readonly querystring: string;
    status: number;
    body: unknown;
  }

  export default class S3rver {
    constructor(options: {
      address: string;
      port: number;
      silent: boolean;
      directory: string;
      configureBuckets: readonly { name: string }[];
    });
    /** Koa's: what is put first sees a request first. */
    readonly middleware: ((context: Context, next: () => Promise<void>) => Promise<void>)[];
    readonly logger: { silent: boolean };
    readonly httpServer: import('node:http').Server;
    run(): Promise<AddressInfo>;
    close(): Promise<void>;
  }
}
