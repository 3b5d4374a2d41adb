import type { Services } from '../../../src/graphql/context.js';

const none = () => Promise.reject(new Error('There are no label sets here.'));

/** No label sets. */
export const fakeLabelSets: Services['labelSets'] = {
  create: none,
  update: none,
  delete: () => Promise.resolve(false),
  byIds: () => Promise.resolve(new Map()),
  byName: () => Promise.resolve(undefined),
  list: () => Promise.resolve({ labelSets: [], hasNextPage: false }),
  count: () => Promise.resolve(0),
  labelsOf: () => Promise.resolve(new Map()),
  labels: () => Promise.resolve(new Map()),
  progress: () => Promise.resolve(new Map()),
  // eslint-disable-next-line @typescript-eslint/require-await -- nothing ever comes
  watchProgress: async function* () {
    yield* [];
  },
};

/** Nothing is classified. */
export const fakeClassifications: Services['classifications'] = {
  ofImages: () => Promise.resolve(new Map()),
  imageCounts: () => Promise.resolve(new Map()),
  distributions: () => Promise.resolve(new Map()),
  labelImages: (requests) => Promise.resolve(requests.map(() => ({ images: [], hasNextPage: false }))),
  diff: () => Promise.resolve(undefined),
};

/** Nobody says anything. */
export const fakeLabelFeedback: Services['labelFeedback'] = {
  give: () => Promise.resolve('no-label'),
  withdraw: () => Promise.resolve(false),
  calibrate: () => Promise.resolve({ outcome: 'not-found' }),
  evaluations: () => Promise.resolve(new Map()),
};
