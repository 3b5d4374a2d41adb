import type { LoadEncoderOptions } from '../../src/clip/load-encoder.js';
import { createLogger } from '../../src/log.js';

/** Options that load the bundled model, quietly, with one vision thread. */
export function encoderOptions(overrides: Partial<LoadEncoderOptions> = {}): LoadEncoderOptions {
  return {
    source: 'pictogram-clip',
    revision: 'main',
    dtype: 'fp32',
    // Nothing listens on port 1: a test that should not need the hub fails at once if it does.
    hubEndpoint: 'http://127.0.0.1:1',
    cacheFolder: '/nonexistent',
    visionWorkers: 1,
    logitScale: undefined,
    imagePixels: 100_000_000,
    log: createLogger('silent'),
    hubTimeoutMs: 10_000,
    hubRetryDelayMs: 1,
    ...overrides,
  };
}
