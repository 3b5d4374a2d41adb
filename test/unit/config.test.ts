import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { OperatorError } from '../../src/errors.js';

const read = (variables: Record<string, string>) => loadConfig({}, variables);

describe('loadConfig', () => {
  it('listens on loopback, embedded, in ./data, when nothing is set', () => {
    const config = read({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4000,
      dataFolder: path.resolve('data'),
      databaseUrl: undefined,
      allowAnonymous: false,
      ide: true,
      model: { source: undefined, dtype: 'fp32', revision: 'main' },
    });
    expect(config.model.visionWorkers).toBeGreaterThan(0);
  });

  it('works on as many images at once as keep the vision threads in full batches', () => {
    expect(read({ CLIP_VISION_WORKERS: '1' }).jobs.concurrency).toBe(16);
    expect(read({ CLIP_VISION_WORKERS: '3' }).jobs.concurrency).toBe(32);
    expect(read({ CLIP_VISION_WORKERS: '64' }).jobs.concurrency).toBe(256);
    expect(read({ CLIP_VISION_WORKERS: '3', JOB_CONCURRENCY: '2' }).jobs.concurrency).toBe(2);
  });

  it('takes an empty variable for an unset one', () => {
    expect(read({ PORT: '', CLIP_MODEL: '' })).toMatchObject({ port: 4000, model: { source: undefined } });
  });

  it('lets overrides set and unset variables', () => {
    const config = loadConfig(
      { PORT: '0', DATABASE_URL: undefined },
      { PORT: '80', DATABASE_URL: 'postgres://h/d' },
    );
    expect(config).toMatchObject({ port: 0, databaseUrl: undefined });
  });

  it('turns the IDE off in production unless told otherwise', () => {
    expect(read({ NODE_ENV: 'production' }).ide).toBe(false);
    expect(read({ NODE_ENV: 'production', PICTOGRAPH_IDE: 'true' }).ide).toBe(true);
  });

  it('drops the slash at the end of addresses and splits origins', () => {
    const config = read({
      PUBLIC_URL: 'https://pictures.example/',
      CORS_ORIGINS: 'http://localhost:5173, https://front.example',
    });
    expect(config.publicUrl).toBe('https://pictures.example');
    expect(config.corsOrigins).toEqual(['http://localhost:5173', 'https://front.example']);
  });

  it('reports every mistake at once, by name, with what is allowed', () => {
    const failing = () =>
      read({ PORT: '70000', CLIP_DTYPE: 'fp8', MAX_IMAGE_MB: 'ten', CORS_ORIGINS: 'localhost' });
    expect(failing).toThrow(OperatorError);
    expect(failing).toThrow(/4 mistakes/);
    expect(failing).toThrow(/PORT=70000: is more than 65535/);
    expect(failing).toThrow(/CLIP_DTYPE=fp8: .*"fp32"/);
    expect(failing).toThrow(/MAX_IMAGE_MB=ten: is not a whole number/);
    expect(failing).toThrow(/CORS_ORIGINS=localhost: is not a list of origins/);
  });

  it('never shows the password of a database address', () => {
    const failing = () => read({ DATABASE_URL: 'mysql://admin:secret@db/app' });
    expect(failing).toThrow(/DATABASE_URL=\[hidden\]/);
    expect(failing).not.toThrow(/secret/);
  });

  it('keeps images in the data folder, or in the bucket that STORAGE_URL names', () => {
    expect(read({}).storage).toEqual({ kind: 'disk', folder: path.resolve('data') });
    expect(read({ STORAGE_URL: 's3://my.pictures' }).storage).toEqual({
      kind: 's3',
      bucket: 'my.pictures',
      prefix: '',
      endpoint: undefined,
      region: undefined,
      pathStyle: false,
      credentials: undefined,
      timeoutMs: 30_000,
    });
    expect(
      read({
        STORAGE_URL: 's3://pictures//of/ours/',
        S3_ENDPOINT: 'http://minio:9000/',
        S3_ACCESS_KEY_ID: 'id',
        S3_SECRET_ACCESS_KEY: 'secret',
      }).storage,
    ).toMatchObject({
      prefix: 'of/ours/',
      endpoint: 'http://minio:9000',
      region: 'us-east-1',
      pathStyle: true,
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    });
  });

  it('refuses settings of S3 that contradict each other, and never shows the secret', () => {
    expect(() => read({ STORAGE_URL: 'https://bucket/x' })).toThrow(/is not s3:\/\/bucket/);
    const alone = () => read({ S3_REGION: 'eu-central-1', S3_SECRET_ACCESS_KEY: 'sesame' });
    expect(alone).toThrow(/2 mistakes/);
    expect(alone).toThrow(/S3_REGION.*without STORAGE_URL/);
    expect(alone).toThrow(/S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: one is set and the other is not/);
    expect(alone).not.toThrow(/sesame/);
  });
});
