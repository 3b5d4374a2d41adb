import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Config } from '../storage-config.js';
import { RequestError } from '../errors.js';
import type { Logger } from '../log.js';
import { sha256Of } from './content-hash.js';
import type { FileStore, StagedFile } from './file-store.js';
import { cannotUse, isMissing, withoutRequest } from './s3-errors.js';
import { failWhenStalled } from './stalled-stream.js';

/** The most that one request deletes or lists: the protocol's own limit. */
const AT_ONCE = 1_000;
/** The first try and two more, with the SDK's growing pauses between them. */
const ATTEMPTS = 3;
/** For connections: whoever does not even take the call within this time is not there. */
const MAX_CONNECT_MS = 5_000;

/** A bucket, and the part of it that belongs to this collection. */
export interface Bucket {
  /** The objects below a folder of the collection's prefix. */
  store(folder: string): FileStore;
  close(): void;
}

/**
 * Opens a bucket of S3, or of something that speaks as S3 does.
 *
 * @throws OperatorError when it cannot be reached, does not exist or refuses the credentials
 */
export async function openBucket(config: S3Config, log: Logger): Promise<Bucket> {
  const client = new S3Client({
    ...(config.endpoint !== undefined && { endpoint: config.endpoint }),
    ...(config.region !== undefined && { region: config.region }),
    ...(config.credentials !== undefined && { credentials: config.credentials }),
    forcePathStyle: config.pathStyle,
    maxAttempts: ATTEMPTS,
    // Uploads carry a SHA-256 of their own; the SDK's checksums by default are more than some S3-compatible stores take.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: Math.min(config.timeoutMs, MAX_CONNECT_MS),
      requestTimeout: config.timeoutMs,
      throwOnRequestTimeout: true,
    },
  });
  try {
    // A list, not a look at the bucket: its refusals carry a body that says why.
    await client.send(
      new ListObjectsV2Command({ Bucket: config.bucket, Prefix: config.prefix, Delimiter: '/' }),
    );
  } catch (error) {
    client.destroy();
    throw cannotUse(config, error);
  }
  return {
    store: (folder) => createStore(client, config, `${config.prefix}${folder}/`, log),
    close: () => {
      client.destroy();
    },
  };
}

function createStore(client: S3Client, config: S3Config, prefix: string, log: Logger): FileStore {
  const { bucket: Bucket, timeoutMs } = config;
  const keyOf = (name: string) => prefix + name;

  /** @returns undefined when there is no such object */
  const ask = async <T>(action: string, request: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await request();
    } catch (error) {
      if (isMissing(error)) return undefined;
      const cause = withoutRequest(error);
      log.error({ err: cause, bucket: Bucket, action }, 'The S3 storage failed');
      throw new RequestError(
        'UNAVAILABLE',
        "The storage of images does not answer as it should, so nothing was changed. Try again later; the server's log has the cause.",
        { cause },
      );
    }
  };

  const stat: FileStore['stat'] = async (name) => {
    const found = await ask('head', () => client.send(new HeadObjectCommand({ Bucket, Key: keyOf(name) })));
    return found && { name, size: found.ContentLength ?? 0, modifiedAt: found.LastModified ?? new Date(0) };
  };

  const open: FileStore['open'] = (name, range) =>
    ask('get', async () => {
      const { Body } = await client.send(
        new GetObjectCommand({
          Bucket,
          Key: keyOf(name),
          ...(range && { Range: `bytes=${range.start}-${range.end}` }),
        }),
      );
      if (!(Body instanceof Readable)) throw new TypeError('The S3 client gave no stream.');
      return failWhenStalled(Body, timeoutMs);
    });

  const put: FileStore['put'] = async (name, bytes, mediaType) => {
    // The server checks it before it acknowledges.
    const ChecksumSHA256 = Buffer.from(await sha256Of(bytes), 'hex').toString('base64');
    await ask('put', () =>
      client.send(
        new PutObjectCommand({
          Bucket,
          Key: keyOf(name),
          Body: bytes,
          ContentLength: bytes.length,
          ContentType: mediaType,
          ChecksumSHA256,
        }),
      ),
    );
  };

  return {
    async stage(name, bytes, mediaType): Promise<StagedFile> {
      await put(name, bytes, mediaType);
      return {
        // Under its name already: names are content, and an object appears whole. But it may have been removed since.
        async place() {
          if ((await stat(name)) === undefined) await put(name, bytes, mediaType);
        },
        // It may be someone else's by now; `doctor` finds what is nobody's.
        discard: () => Promise.resolve(),
      };
    },

    put,
    open,
    stat,

    async read(name) {
      const stream = await open(name);
      return stream && ask('get', () => buffer(stream));
    },

    async delete(names) {
      for (let from = 0; from < names.length; from += AT_ONCE) {
        const Objects = names.slice(from, from + AT_ONCE).map((name) => ({ Key: keyOf(name) }));
        await ask('delete', async () => {
          const { Errors = [] } = await client.send(
            new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
          );
          const refused = Errors.filter(({ Code }) => Code !== 'NoSuchKey');
          if (refused.length > 0) {
            throw new Error(
              `${refused.length} objects were not deleted: ${refused[0]?.Message ?? 'no reason'}`,
            );
          }
        });
      }
    },

    async *list(start) {
      let ContinuationToken: string | undefined;
      do {
        const page = await ask('list', () =>
          client.send(
            new ListObjectsV2Command({
              Bucket,
              Prefix: keyOf(start),
              MaxKeys: AT_ONCE,
              ...(ContinuationToken !== undefined && { ContinuationToken }),
            }),
          ),
        );
        for (const { Key, Size, LastModified } of page?.Contents ?? []) {
          if (Key === undefined) continue;
          yield { name: Key.slice(prefix.length), size: Size ?? 0, modifiedAt: LastModified ?? new Date() };
        }
        ContinuationToken = page?.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (ContinuationToken !== undefined);
    },

    // An object is whole or not there: only uploads in parts leave something, and there are none.
    leftovers: () => Readable.from([]),
    removeLeftover: () => Promise.resolve(),
  };
}
