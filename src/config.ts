import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { OperatorError } from './errors.js';
import { LOG_LEVELS, type LogLevel } from './log.js';
import { S3_URL, storageOf, type StorageConfig } from './storage-config.js';

/**
 * Number types of weights. `int8` is made from `fp32` by Pictograph; the others are files, and which of them exist depends on
 * the model. `hub-int8` is what transformers.js calls `int8`.
 */
export const DTYPES = ['fp32', 'int8', 'fp16', 'q8', 'hub-int8', 'uint8', 'q4', 'q4f16', 'bnb4'] as const;
export type Dtype = (typeof DTYPES)[number];

/** Everything that can be set from outside, parsed and checked. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Absolute path of the folder for originals, thumbnails, downloaded models and the embedded database. */
  readonly dataFolder: string;
  /** A PostgreSQL URL; undefined means the embedded database in the data folder. */
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  /** Where originals and thumbnails are kept. */
  readonly storage: StorageConfig;
  /** The address that clients use, without a slash at the end; undefined: as the request names it. */
  readonly publicUrl: string | undefined;
  readonly allowAnonymous: boolean;
  /** Introspection, Apollo Sandbox and Altair. */
  readonly ide: boolean;
  /** Origins of web pages elsewhere that may call the API, such as `http://localhost:5173`. */
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly model: ModelConfig;
  readonly limits: Limits;
  readonly policy: ImagePolicy;
  readonly jobs: { readonly concurrency: number; readonly maxAttempts: number };
  readonly searchLog: SearchLogConfig;
  readonly analytics: AnalyticsConfig;
  /** Absolute path of a folder with vocabularies of the operator's own. */
  readonly vocabularyFolder: string | undefined;
}

export interface ModelConfig {
  /** A model of the Hugging Face hub, a local folder, or `pictogram-clip`; undefined: see `src/app.ts`. */
  readonly source: string | undefined;
  readonly revision: string;
  readonly dtype: Dtype;
  /** The hub or a mirror of it, without a slash at the end. */
  readonly hubEndpoint: string;
  /** Worker threads for the vision tower, one core each. The text tower has a thread of its own. */
  readonly visionWorkers: number;
  /** Overrides the logit scale for models whose configuration does not tell the trained one. */
  readonly logitScale: number | undefined;
}

export interface SearchLogConfig {
  readonly enabled: boolean;
  /** What is older is deleted. */
  readonly days: number;
}

/** Where psql reaches the schema `analytics` of the embedded database. */
interface AnalyticsConfig {
  /** Undefined: nowhere. */
  readonly port: number | undefined;
  /** Undefined: the one that was made and stored in the data folder. */
  readonly password: string | undefined;
}

/** What is accepted, and what is kept of it. */
export interface ImagePolicy {
  readonly acceptSvg: boolean;
  /** False: the place that a file names is neither stored in the row nor left in the original. */
  readonly keepGps: boolean;
}

export interface Limits {
  readonly imageBytes: number;
  readonly imagePixels: number;
  readonly imageFrames: number;
  /** Bytes of a JSON request body. */
  readonly bodyBytes: number;
  /** Milliseconds until fetching an image from a URL is given up. */
  readonly fetchTimeoutMs: number;
}

/** Such values carry passwords, and configuration errors end up in logs. */
const SECRET = new Set(['ANALYTICS_PASSWORD', 'DATABASE_URL', 'S3_SECRET_ACCESS_KEY', 'STORAGE_URL']);

const MEBIBYTE = 1024 * 1024;

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `is less than ${min}`).max(max, `is more than ${max}`));
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'is not an http or https address' })
  .transform((value) => value.replace(/\/+$/, ''));

const origins = z
  .string()
  .transform((value) => value.split(',').map((origin) => origin.trim()))
  .pipe(
    z.array(
      z.string().refine((value) => URL.canParse(value) && new URL(value).origin === value, {
        error: 'is not a list of origins such as http://localhost:5173, separated by commas',
      }),
    ),
  );

const MOST_JOBS = 256;

/** What a vision thread takes at once: more than 16 only costs memory, fewer than 4 leaves speed unused. */
export const PICTURES_TOGETHER = 8;

/**
 * So many that each vision thread has a full batch, and another one is read, decoded or written down meanwhile. With fewer, most
 * batches are of one picture, and an image takes a tenth longer (docs/performance.md).
 */
function jobsFor(visionWorkers: number): number {
  return Math.min(PICTURES_TOGETHER * (visionWorkers + 1), MOST_JOBS);
}

/** Every variable that Pictograph reads, with its default. */
export const environment = z.object({
  NODE_ENV: z.string().default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65_535).default(4000),
  PICTOGRAPH_DATA: z.string().default('./data'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'is not a postgres:// address' }).optional(),
  DATABASE_POOL_SIZE: integer(4, 200).default(10),
  STORAGE_URL: z
    .string()
    .regex(S3_URL, 'is not s3://bucket or s3://bucket/prefix; unset, images are kept in the data folder')
    .optional(),
  S3_ENDPOINT: httpUrl.optional(),
  S3_REGION: z.string().optional(),
  S3_PATH_STYLE: flag.optional(),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  S3_TIMEOUT_SECONDS: integer(1, 600).default(30),
  PUBLIC_URL: httpUrl.optional(),
  PICTOGRAPH_ALLOW_ANONYMOUS: flag.default(false),
  PICTOGRAPH_IDE: flag.optional(),
  CORS_ORIGINS: origins.default([]),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  CLIP_MODEL: z.string().optional(),
  CLIP_REVISION: z.string().default('main'),
  CLIP_DTYPE: z.enum(DTYPES).default('fp32'),
  CLIP_VISION_WORKERS: integer(1, 64).optional(),
  CLIP_LOGIT_SCALE: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'is not a positive number')
    .transform(Number)
    .pipe(z.number().positive('is not a positive number').max(1000, 'is more than 1000'))
    .optional(),
  HF_ENDPOINT: httpUrl.default('https://huggingface.co'),
  MAX_IMAGE_MB: integer(1, 1024).default(50),
  MAX_IMAGE_MEGAPIXELS: integer(1, 1000).default(100),
  MAX_IMAGE_FRAMES: integer(1, 10_000).default(1000),
  ACCEPT_SVG: flag.default(false),
  KEEP_GPS: flag.default(true),
  MAX_BODY_MB: integer(1, 1024).default(70),
  URL_FETCH_TIMEOUT_SECONDS: integer(1, 600).default(20),
  JOB_CONCURRENCY: integer(1, MOST_JOBS).optional(),
  JOB_MAX_ATTEMPTS: integer(1, 25).default(5),
  SEARCH_LOG: z.enum(['on', 'off']).default('on'),
  SEARCH_LOG_DAYS: integer(1, 3_650).default(30),
  ANALYTICS_PORT: integer(0, 65_535).optional(),
  ANALYTICS_PASSWORD: z.string().min(12, 'has fewer than 12 characters').optional(),
  VOCABULARY_FOLDER: z.string().optional(),
});

/** What is wrong only together. */
function contradictions(given: Readonly<Record<string, string | undefined>>): string[] {
  const mistakes = [];
  const alone = Object.keys(given).filter((name) => name.startsWith('S3_'));
  if (given['STORAGE_URL'] === undefined && alone.length > 0) {
    mistakes.push(`  ${alone.join(', ')}: without STORAGE_URL=s3://bucket/prefix nothing is kept in S3`);
  }
  if ((given['S3_ACCESS_KEY_ID'] === undefined) !== (given['S3_SECRET_ACCESS_KEY'] === undefined)) {
    mistakes.push('  S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: one is set and the other is not');
  }
  if (given['ANALYTICS_PORT'] !== undefined && given['DATABASE_URL'] !== undefined) {
    mistakes.push(
      '  ANALYTICS_PORT: it is for the embedded database; psql connects to the PostgreSQL of DATABASE_URL itself',
    );
  }
  return mistakes;
}

/**
 * Reads the configuration; the one reader of the environment.
 *
 * A variable that is set to the empty string counts as unset, as Docker Compose passes them.
 *
 * @param overrides take the place of variables; undefined unsets one
 * @throws OperatorError that lists every mistake at once
 */
export function loadConfig(
  overrides: Readonly<Record<string, string | undefined>> = {},
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const given = Object.fromEntries(
    Object.entries({ ...variables, ...overrides }).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  const mistakes = (parsed.error?.issues ?? []).map((issue) => {
    const name = String(issue.path[0]);
    const value = SECRET.has(name) ? '[hidden]' : (given[name] ?? '');
    return `  ${name}=${value}: ${issue.message}`;
  });
  mistakes.push(...contradictions(given));
  if (!parsed.success || mistakes.length > 0) {
    throw new OperatorError(
      `The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n` +
        `${mistakes.join('\n')}\nThe README's table of configuration says what each variable takes.`,
      78,
    );
  }
  const env = parsed.data;
  const visionWorkers = env.CLIP_VISION_WORKERS ?? Math.min(os.availableParallelism(), 8);
  return {
    host: env.HOST,
    port: env.PORT,
    dataFolder: path.resolve(env.PICTOGRAPH_DATA),
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    storage: storageOf(env),
    publicUrl: env.PUBLIC_URL,
    allowAnonymous: env.PICTOGRAPH_ALLOW_ANONYMOUS,
    ide: env.PICTOGRAPH_IDE ?? env.NODE_ENV !== 'production',
    corsOrigins: env.CORS_ORIGINS,
    logLevel: env.LOG_LEVEL,
    model: {
      source: env.CLIP_MODEL,
      revision: env.CLIP_REVISION,
      dtype: env.CLIP_DTYPE,
      hubEndpoint: env.HF_ENDPOINT,
      visionWorkers,
      logitScale: env.CLIP_LOGIT_SCALE,
    },
    limits: {
      imageBytes: env.MAX_IMAGE_MB * MEBIBYTE,
      imagePixels: env.MAX_IMAGE_MEGAPIXELS * 1_000_000,
      imageFrames: env.MAX_IMAGE_FRAMES,
      bodyBytes: env.MAX_BODY_MB * MEBIBYTE,
      fetchTimeoutMs: env.URL_FETCH_TIMEOUT_SECONDS * 1000,
    },
    policy: { acceptSvg: env.ACCEPT_SVG, keepGps: env.KEEP_GPS },
    jobs: {
      concurrency: env.JOB_CONCURRENCY ?? jobsFor(visionWorkers),
      maxAttempts: env.JOB_MAX_ATTEMPTS,
    },
    analytics: { port: env.ANALYTICS_PORT, password: env.ANALYTICS_PASSWORD },
    searchLog: { enabled: env.SEARCH_LOG === 'on', days: env.SEARCH_LOG_DAYS },
    vocabularyFolder: env.VOCABULARY_FOLDER === undefined ? undefined : path.resolve(env.VOCABULARY_FOLDER),
  };
}
