import { expect, it } from 'vitest';
import { fuse } from '../../../src/search/fuse.js';

const listed = (...imageIds: number[]) => imageIds.map((imageId) => ({ imageId, distance: imageId / 100 }));

it('adds up 1 / (60 + rank) over the lists', () => {
  // 1: 1/61 = 0.01639; 3: 1/63 + 1/61 = 0.03227; 2: 1/62 + 1/62 = 0.03226; 4: 1/63 = 0.01587.
  expect(fuse({ VECTOR: listed(1, 2, 3), TEXT: listed(3, 2, 4) })).toEqual([
    {
      imageId: 3,
      distance: 0.03,
      sources: [
        { list: 'VECTOR', rank: 3 },
        { list: 'TEXT', rank: 1 },
      ],
    },
    {
      imageId: 2,
      distance: 0.02,
      sources: [
        { list: 'VECTOR', rank: 2 },
        { list: 'TEXT', rank: 2 },
      ],
    },
    { imageId: 1, distance: 0.01, sources: [{ list: 'VECTOR', rank: 1 }] },
    { imageId: 4, distance: 0.04, sources: [{ list: 'TEXT', rank: 3 }] },
  ]);
});

it('puts the nearer one of equal scores first, then the lower id', () => {
  const ids = (lists: Parameters<typeof fuse>[0]) => fuse(lists).map(({ imageId }) => imageId);
  expect(ids({ VECTOR: [{ imageId: 7, distance: 0.3 }], TEXT: [{ imageId: 8, distance: 0.2 }] })).toEqual([
    8, 7,
  ]);
  expect(ids({ VECTOR: [{ imageId: 8, distance: 0.2 }], TEXT: [{ imageId: 7, distance: 0.2 }] })).toEqual([
    7, 8,
  ]);
  expect(ids({ VECTOR: [], TEXT: [] })).toEqual([]);
});
