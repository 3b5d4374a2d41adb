import { describe, expect, it } from 'vitest';
import { checkComposition, placed, weightedDirection } from '../../../src/search/combine.js';
import type { Query } from '../../../src/search/search.js';
import { RequestError } from '../../../src/errors.js';

const right = Float32Array.of(1, 0);
const up = Float32Array.of(0, 1);

const text: Query = { kind: 'text', text: 'a beach' };
const combine = (...weights: number[]): Query => ({
  kind: 'combine',
  terms: weights.map((weight) => ({ query: text, weight })),
});
const check = (query: Query) =>
  checkComposition(query, (part) => (part.kind === 'combine' ? part.terms : undefined));

describe('weightedDirection', () => {
  it.each<[string, [Float32Array, number][], [number, number]]>([
    ['one term', [[right, 5]], [1, 0]],
    ['less of one term', [[right, -1]], [-1, 0]],
    [
      'equal weights',
      [
        [right, 1],
        [up, 1],
      ],
      [Math.SQRT1_2, Math.SQRT1_2],
    ],
    [
      'three parts and four',
      [
        [right, 3],
        [up, 4],
      ],
      [0.6, 0.8],
    ],
    [
      'a negative weight',
      [
        [right, 0.3],
        [up, -0.4],
      ],
      [0.6, -0.8],
    ],
    [
      'a weight of 0',
      [
        [right, 0],
        [up, 0.01],
      ],
      [0, 1],
    ],
  ])('of %s', (_what, terms, expected) => {
    const direction = weightedDirection(
      terms.map(([vector, weight]) => ({ vector, weight })),
      [],
    );
    expect(direction[0]).toBeCloseTo(expected[0], 6);
    expect(direction[1]).toBeCloseTo(expected[1], 6);
  });

  it('refuses a sum that vanishes, whatever the size of the weights, and names its place', () => {
    const almost = Float32Array.of(1, 0.001);
    for (const size of [0.001, 1, 100]) {
      const terms = [
        { vector: right, weight: size },
        { vector: almost, weight: -size },
      ];
      expect(() => weightedDirection(terms, [])).toThrow(/^The terms cancel each other out/);
      expect(() => weightedDirection(terms, [1, 0])).toThrow(/^Term 2\.1 of the query: The terms cancel/);
    }
    const enough = [
      { vector: right, weight: 1 },
      { vector: Float32Array.of(1, 0.01), weight: -1 },
    ];
    expect(weightedDirection(enough, [])[1]).toBeCloseTo(-1, 6);
  });
});

describe('checkComposition', () => {
  it('counts the plain queries', () => {
    expect(check(text)).toBe(1);
    expect(check(combine(1, 1, -1))).toBe(3);
    expect(
      check({ kind: 'combine', terms: [combine(1, 1), text].map((query) => ({ query, weight: 1 })) }),
    ).toBe(3);
  });

  it.each<[string, Query, RegExp]>([
    ['no term', combine(), /from 1 to 32 terms, not 0/],
    ['33 terms', combine(...Array<number>(33).fill(1)), /from 1 to 32 terms, not 33/],
    [
      '33 terms in two lists',
      {
        kind: 'combine',
        terms: [combine(...Array<number>(20).fill(1)), combine(...Array<number>(13).fill(1))].map(
          (query) => ({ query, weight: 1 }),
        ),
      },
      /more than 32 texts, images and vectors in all/,
    ],
    ['nothing but zeros', combine(0, -0), /All weights of `combine` are 0/],
    ['a large weight', combine(1, 100.5), /^Term 2 of the query: The weight is 100.5, but.*-100 and 100/],
    ['a weight that is none', combine(Number.NaN), /The weight is NaN/],
  ])('refuses %s', (_what, query, message) => {
    expect(() => check(query)).toThrow(message);
  });

  it('goes 4 levels deep and no deeper', () => {
    const nested = (levels: number): Query =>
      levels === 0 ? text : { kind: 'combine', terms: [{ query: nested(levels - 1), weight: 1 }] };
    expect(check(nested(4))).toBe(1);
    expect(() => check(nested(5))).toThrow(/more than 4 levels deep/);
    expect(() => check(nested(1_000))).toThrow(/more than 4 levels deep/);
  });
});

describe('placed', () => {
  it('leaves alone what is about the whole query, and what is a surprise', () => {
    const error = new RequestError('NOT_FOUND', 'There is no image.');
    expect(placed(error, [])).toBe(error);
    expect(placed(error, [2])).toMatchObject({
      code: 'NOT_FOUND',
      message: 'Term 3 of the query: There is no image.',
    });
    const surprise = new Error('x');
    expect(placed(surprise, [2])).toBe(surprise);
  });
});
