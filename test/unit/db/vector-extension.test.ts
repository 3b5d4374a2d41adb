import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { ensureVectorExtension, isOlder } from '../../../src/db/vector-extension.js';
import { OperatorError } from '../../../src/errors.js';

describe('isOlder', () => {
  it.each([
    ['0.8.3', '0.8.4', true],
    ['0.8.4', '0.8.4', false],
    ['0.8.10', '0.8.4', false],
    ['0.10.0', '0.8.4', false],
    ['0.8', '0.8.4', true],
    ['1.0', '0.8.4', false],
    ['0.8.4-dev', '0.8.4', false],
    ['unknown', '0.8.4', true],
  ])('compares %s with %s', (version, oldest, older) => {
    expect(isOlder(version, oldest)).toBe(older);
  });
});

describe('a server that cannot be had in the tests', () => {
  interface State {
    readonly available: string | null;
    readonly installed: string | null;
    readonly schema: string | null;
    readonly visible: boolean;
  }
  /** Answers what such a server answers. */
  const server = (state: State, onCreate: () => void = () => undefined) =>
    ({
      query: (sql: string) => {
        if (sql.includes('CREATE EXTENSION')) onCreate();
        return Promise.resolve({ rows: [state] });
      },
    }) as unknown as pg.ClientBase;
  const none = { available: null, installed: null, schema: null, visible: false };

  it.each<[string, State, RegExp]>([
    ['has no pgvector', none, /does not have pgvector\. Install its package/],
    ['has an old package', { ...none, available: '0.7.4' }, /has pgvector 0\.7\.4; .*Update the package/],
    [
      'has an old package and extension',
      { available: '0.8.0', installed: '0.8.0', schema: 'public', visible: true },
      /Update the package/,
    ],
    [
      'keeps pgvector out of sight',
      { available: '0.8.7', installed: '0.8.7', schema: 'extensions', visible: false },
      /schema extensions.*search_path/,
    ],
  ])('is refused when it %s', async (_, state, message) => {
    const attempt = ensureVectorExtension(server(state));
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toBeInstanceOf(OperatorError);
  });

  it('is refused when the files of pgvector are broken', async () => {
    const broken = server({ ...none, available: '0.8.7' }, () => {
      throw Object.assign(new Error('could not access file "$libdir/vector"'), { code: '58P01' });
    });
    await expect(ensureVectorExtension(broken)).rejects.toThrow(/does not have pgvector/);
  });
});
