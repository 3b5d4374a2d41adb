import type { DuplicatePair } from '../db/duplicates.js';

/** Images that are near duplicates of each other, directly or by way of others. */
interface ConnectedImages {
  /** Ascending. */
  readonly imageIds: readonly number[];
  /** The similarity of its most similar pair. */
  readonly bestSimilarity: number;
}

/** The connected components of pairs, in the order of their lowest ids. */
export function connect(pairs: readonly DuplicatePair[]): ConnectedImages[] {
  // A disjoint-set forest whose roots are the lowest ids.
  const parents = new Map<number, number>();
  const rootOf = (id: number): number => {
    let root = id;
    for (let parent = parents.get(root); parent !== undefined && parent !== root; parent = parents.get(root))
      root = parent;
    // Whatever lies on the way points at the root from now on: the next way is short.
    for (let on = id; on !== root;) {
      const next = parents.get(on) ?? root;
      parents.set(on, root);
      on = next;
    }
    return root;
  };
  for (const { earlierId, laterId } of pairs) {
    const [one, other] = [rootOf(earlierId), rootOf(laterId)];
    parents.set(Math.max(one, other), Math.min(one, other));
    parents.set(Math.min(one, other), Math.min(one, other));
  }

  const members = new Map<number, number[]>();
  for (const id of parents.keys()) {
    const root = rootOf(id);
    const known = members.get(root);
    if (known === undefined) members.set(root, [id]);
    else known.push(id);
  }
  const best = new Map<number, number>();
  for (const { earlierId, similarity } of pairs) {
    const root = rootOf(earlierId);
    best.set(root, Math.max(best.get(root) ?? -1, similarity));
  }
  return [...members]
    .sort(([a], [b]) => a - b)
    .map(([root, ids]) => ({
      imageIds: ids.sort((a, b) => a - b),
      bestSimilarity: best.get(root) ?? -1,
    }));
}
