import type { Services } from '../../../src/graphql/context.js';

/** There is the active model alone, and no other can be registered. */
export function fakeModels(): Services['models'] {
  const refuse = () => Promise.reject(new Error('is not for tests'));
  return {
    register: refuse,
    activate: refuse,
    pause: refuse,
    retire: refuse,
    progress: () => Promise.resolve(new Map()),
    watchProgress: () => {
      throw new Error('is not for tests');
    },
    searchBy: refuse,
    overlap: refuse,
  };
}
