import { RequestError } from '../errors.js';

/**
 * What one operation may ask for in all, however its fields are nested and aliased. Depth and alias limits bound a
 * document's shape; lists multiply what it does, and only this bounds that.
 */
const OPERATION_LIMITS = {
  searches: 50,
  'query terms': 200,
  images: 2_000,
  embeddings: 1_000,
  prompts: 2_000,
  suggestions: 100,
  clusterings: 2,
  'image files to encode': 10,
} as const;
type Expense = keyof typeof OPERATION_LIMITS;

export interface Budget {
  /** @throws RequestError TOO_LARGE once the operation's sum exceeds the limit; call it before doing the work */
  spend(what: Expense, amount: number): void;
}

/** A budget for one operation. */
export function createBudget(): Budget {
  const spent = new Map<Expense, number>();
  return {
    spend(what, amount) {
      const sum = (spent.get(what) ?? 0) + amount;
      spent.set(what, sum);
      if (sum > OPERATION_LIMITS[what]) {
        throw new RequestError(
          'TOO_LARGE',
          `This operation asks for more than ${OPERATION_LIMITS[what]} ${what}, counted over all its fields and the ` +
            'items of its lists. Ask for smaller pages, or split it into several operations.',
        );
      }
    },
  };
}
