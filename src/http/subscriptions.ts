import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Context } from '../graphql/context.js';

type Results = AsyncIterableIterator<ExecutionResult>;

/**
 * Subscribes as GraphQL.js does, but answers each event with a context of its own: GraphQL.js would keep one for the
 * whole subscription, and with it loaders that remember the first event's rows and a budget that runs out.
 *
 * @param newContext may reject, for example when the caller's key has been deleted: that ends the subscription
 */
export async function subscribe(
  args: ExecutionArgs,
  newContext: () => Promise<Context>,
): Promise<Results | ExecutionResult> {
  const stream = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in stream)) return stream;
  const events = stream[Symbol.asyncIterator]();
  const results: Results = {
    async next() {
      const event = await events.next();
      if (event.done === true) return { done: true, value: undefined };
      const contextValue = await newContext();
      return { done: false, value: await execute({ ...args, rootValue: event.value, contextValue }) };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return results;
}
