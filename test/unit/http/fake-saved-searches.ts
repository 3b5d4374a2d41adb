import type { Services } from '../../../src/graphql/context.js';

type Call = (name: string) => Promise<void>;

/** No search is saved, and none can be. */
export function fakeSavedSearches(call: Call): Services['savedSearches'] {
  return {
    async save() {
      await call('savedSearches.save');
      return { outcome: 'invalid', field: 'name', message: 'is not for tests' };
    },
    async byIds() {
      await call('savedSearches.byIds');
      return new Map();
    },
    async byName() {
      await call('savedSearches.byName');
      return undefined;
    },
    async list() {
      await call('savedSearches.list');
      return { searches: [], hasNextPage: false };
    },
    async count() {
      await call('savedSearches.count');
      return 0;
    },
    async delete() {
      await call('savedSearches.delete');
      return false;
    },
    isComparable: () => false,
    within: () => Promise.reject(new Error('There is no saved search to fall within.')),
    run: () => Promise.reject(new Error('There is no saved search to run.')),
    stopWatching: () => undefined,
    watch: () => {
      throw new Error('There is no saved search to watch.');
    },
  };
}

/** Nothing was searched. */
export function fakeSearchLog(call: Call): Services['searchLog'] {
  const none = (name: string) => async () => {
    await call(name);
    return [];
  };
  return {
    settings: { enabled: true, days: 30 },
    perDay: none('searchLog.perDay'),
    popular: none('searchLog.popular'),
    empty: none('searchLog.empty'),
  };
}
