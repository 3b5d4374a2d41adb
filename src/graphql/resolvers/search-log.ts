import { RequestError } from '../../errors.js';
import { pageSize } from '../arguments.js';
import type { InputMaybe, SearchLogResolvers } from '../generated/types.js';

const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;

export const SearchLog: Required<Omit<SearchLogResolvers, '__isTypeOf'>> = {
  enabled: (log) => log.settings.enabled,
  retentionDays: (log) => log.settings.days,
  perDay: async (log, args) =>
    (await log.perDay(checkDays(args.days))).map(({ totalMs, ...day }) => ({
      ...day,
      averageMs: day.searches === 0 ? null : totalMs / day.searches,
    })),
  popular: (log, args) => log.popular(pageSize(args.first), checkDays(args.days)),
  empty: (log, args) => log.empty(pageSize(args.first), checkDays(args.days)),
};

/** @throws RequestError BAD_USER_INPUT outside of 1 to 366 */
function checkDays(value: InputMaybe<number> | undefined): number {
  const days = value ?? DEFAULT_DAYS;
  if (days >= 1 && days <= MAX_DAYS) return days;
  throw new RequestError('BAD_USER_INPUT', `\`days\` is ${days}, but takes from 1 to ${MAX_DAYS}.`);
}
