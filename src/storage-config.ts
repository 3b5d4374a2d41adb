import path from 'node:path';

export type StorageConfig = DiskConfig | S3Config;

interface DiskConfig {
  readonly kind: 'disk';
  /** Absolute path. */
  readonly folder: string;
}

/** What is undefined is left to the AWS SDK, which reads its own variables, profiles and the machine's role. */
export interface S3Config {
  readonly kind: 's3';
  readonly bucket: string;
  /** What all keys begin with: empty, or with a slash at the end. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly pathStyle: boolean;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Of one try of a request. */
  readonly timeoutMs: number;
}

/** Buckets have 3 to 63 characters; the prefix keeps to those that need no encoding anywhere. */
export const S3_URL = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w!.*'()/-]*))?$/;

/** The variables that say where images are kept, as `environment` in config.ts parses them. */
interface StorageVariables {
  readonly PICTOGRAPH_DATA: string;
  readonly STORAGE_URL?: string | undefined;
  readonly S3_ENDPOINT?: string | undefined;
  readonly S3_REGION?: string | undefined;
  readonly S3_PATH_STYLE?: boolean | undefined;
  readonly S3_ACCESS_KEY_ID?: string | undefined;
  readonly S3_SECRET_ACCESS_KEY?: string | undefined;
  readonly S3_TIMEOUT_SECONDS: number;
}

/** @param env what the environment says, checked */
export function storageOf(env: StorageVariables): StorageConfig {
  const [, bucket, folders = ''] = S3_URL.exec(env.STORAGE_URL ?? '') ?? [];
  if (bucket === undefined) return { kind: 'disk', folder: path.resolve(env.PICTOGRAPH_DATA) };
  const prefix = folders.split('/').filter((part) => part !== '');
  return {
    kind: 's3',
    bucket,
    prefix: prefix.map((part) => `${part}/`).join(''),
    endpoint: env.S3_ENDPOINT,
    // Whatever is not Amazon has one region, mostly, and takes this name for it.
    region: env.S3_REGION ?? (env.S3_ENDPOINT === undefined ? undefined : 'us-east-1'),
    pathStyle: env.S3_PATH_STYLE ?? env.S3_ENDPOINT !== undefined,
    credentials:
      env.S3_ACCESS_KEY_ID === undefined || env.S3_SECRET_ACCESS_KEY === undefined
        ? undefined
        : { accessKeyId: env.S3_ACCESS_KEY_ID, secretAccessKey: env.S3_SECRET_ACCESS_KEY },
    timeoutMs: env.S3_TIMEOUT_SECONDS * 1000,
  };
}
