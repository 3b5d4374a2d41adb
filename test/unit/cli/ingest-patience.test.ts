import { describe, expect, it } from 'vitest';
import { isLostConnection } from '../../../src/lost-connection.js';
import { createPatience } from '../../../src/cli/ingest-patience.js';
import { OperatorError } from '../../../src/errors.js';

const refused = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const forever = new AbortController().signal;

describe('what counts as a lost connection', () => {
  it.each([
    ['a server that stops', Object.assign(new Error('terminating connection'), { code: '57P01' })],
    [
      'a server that starts',
      Object.assign(new Error('the database system is starting up'), { code: '57P03' }),
    ],
    ['every address of a host', new AggregateError([refused(), refused()])],
    ['a driver without a code', new Error('Connection terminated unexpectedly')],
  ])('%s does', (_name, error) => {
    expect(isLostConnection(error)).toBe(true);
  });

  it.each([
    ['a broken constraint', Object.assign(new Error('duplicate key'), { code: '23505' })],
    ['a full disk', Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })],
    ['no list of errors', new AggregateError([])],
    ['a text', 'Connection terminated'],
  ])('%s does not', (_name, error) => {
    expect(isLostConnection(error)).toBe(false);
  });
});

describe('patience with the database', () => {
  it('tries again until it is back, and tells both once', async () => {
    const told: string[] = [];
    let away = 3;
    const keepTrying = createPatience({
      stop: forever,
      onLost: (reason) => told.push(`lost: ${reason}`),
      onBack: () => told.push('back'),
    });
    const work = () => (away-- > 0 ? Promise.reject(refused()) : Promise.resolve('done'));
    expect(await Promise.all([keepTrying(work), keepTrying(work)])).toEqual(['done', 'done']);
    expect(told).toEqual(['lost: connect ECONNREFUSED', 'back']);
  });

  it('does not take work that needs no database for a sign that it is back', async () => {
    const told: string[] = [];
    let isBack = false;
    const keepTrying = createPatience({ stop: forever, onBack: () => told.push('back') });
    const waiting = keepTrying(() => (isBack ? Promise.resolve() : Promise.reject(refused())));
    await keepTrying(() => Promise.resolve('rejected before anything was asked'));
    expect(told).toEqual([]);
    isBack = true;
    await waiting;
    expect(told).toEqual(['back']);
  });

  it('gives up after its time with what to do', async () => {
    const keepTrying = createPatience({ stop: forever, patienceMs: 100 });
    const error = await keepTrying(() => Promise.reject(refused())).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OperatorError);
    expect(error).toMatchObject({ exitCode: 75, message: expect.stringMatching(/again/) as string });
  });

  it('throws at once what is no lost connection, and ends when told to stop', async () => {
    let tries = 0;
    const keepTrying = createPatience({ stop: AbortSignal.abort() });
    const fail = (error: Error) => keepTrying(() => (tries++, Promise.reject(error)));
    await expect(fail(new Error('another'))).rejects.toThrow('another');
    await expect(fail(refused())).rejects.toThrow('ECONNREFUSED');
    expect(tries).toBe(2);
  });
});
