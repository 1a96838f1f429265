import { decideStart } from '../pipeline/fleet/user-starts.ts';
import type { UserStarts } from '../pipeline/ports.ts';

/** The rule of the sliding window over a map. */
export const inMemoryUserStarts = (limit: number): UserStarts => {
  const startsOf = new Map<string, readonly number[]>();
  return {
    start: async (user, nowMs) => {
      const starts = startsOf.get(user) ?? [];
      const decided = decideStart(starts, limit, nowMs);
      if (decided.kind === 'started') startsOf.set(user, [...starts, nowMs].slice(-limit));
      return decided;
    },
  };
};
