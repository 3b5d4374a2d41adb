import type { S3Config } from '../storage-config.js';
import { errorCode, messageOf, OperatorError } from '../errors.js';

/** Whether the answer is that there is no such object; that there is no such bucket is something else. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NotFound');
}

/** The SDK's errors carry the whole exchange, signature included: nothing for a log. */
export function withoutRequest(error: unknown): Error {
  const name = error instanceof Error ? error.name : 'Error';
  const code = errorCode(error);
  const short = new Error(messageOf(error) || name);
  return Object.assign(short, { name, ...(code !== undefined && { code }) });
}

const WRONG_KEYS = new Set([
  'AccessDenied',
  'ExpiredToken',
  'Forbidden',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
]);
const WRONG_REGION = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'PermanentRedirect',
]);

/** What whoever operates this has to check when the first request to a bucket fails. */
export function cannotUse(config: S3Config, cause: unknown): OperatorError {
  const endpoint = config.endpoint ?? 'Amazon S3';
  return new OperatorError(
    `The storage s3://${config.bucket}/${config.prefix} at ${endpoint} cannot be used. ${explain(config, cause)}`,
    1,
    { cause: withoutRequest(cause) },
  );
}

function explain({ bucket, endpoint }: S3Config, error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NoSuchBucket') {
    return `There is no bucket ${bucket}: create it, or correct STORAGE_URL.`;
  }
  if (name === 'CredentialsProviderError') {
    return 'No credentials were found: set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, or one of the ways of the AWS SDK (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, a role of the machine).';
  }
  if (WRONG_KEYS.has(name)) {
    return `It refused the credentials (${name}): check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY or where else they come from, and that they may s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject there.`;
  }
  if (WRONG_REGION.has(name) || /region is missing/i.test(messageOf(error))) {
    return `The region is missing or wrong (${messageOf(error)}): set S3_REGION to the bucket's.`;
  }
  if (errorCode(error) !== undefined || name === 'TimeoutError' || name === 'AggregateError') {
    return `It cannot be reached (${errorCode(error) ?? name}): check ${endpoint === undefined ? 'the network, and S3_ENDPOINT if it is not Amazon' : 'S3_ENDPOINT'}, and that the storage runs.`;
  }
  return `It answered: ${messageOf(error) || name}. Check STORAGE_URL, S3_ENDPOINT, S3_REGION and S3_PATH_STYLE.`;
}
