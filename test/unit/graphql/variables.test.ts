import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { checkVariables } from '../../../src/graphql/variables.js';

/** Objects in lists in objects. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { and: value };
  return value;
}

describe('checkVariables', () => {
  it.each([[undefined], [null], [{}], [nested(150)], [{ a: [1, 'x', null, nested(148)] }]])(
    'lets pass what an input can be',
    (variables) => {
      expect(() => {
        checkVariables(variables);
      }).not.toThrow();
    },
  );

  it.each([[nested(151)], [{ a: 1, b: nested(150) }], [nested(1_000_000)]])(
    'refuses what is deeper, without walking it all',
    (variables) => {
      try {
        checkVariables(variables);
      } catch (error) {
        expect(error).toBeInstanceOf(GraphQLError);
        expect(error).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
        return;
      }
      throw new Error('was let through');
    },
  );
});
