import { decideStart } from '../pipeline/fleet/user-starts.ts';
import type { UserStarts } from '../pipeline/ports.ts';

/** The rule of the sliding window over a map. */
export const inMemoryUserStarts = (limit: number): UserStarts => {
  const startsOf = new Map<string, readonly number[]>();
  return {
    start: async ({ tenantId, creatorId }, nowMs) => {
      const key = JSON.stringify([tenantId, creatorId]);
      const starts = startsOf.get(key) ?? [];
      const decided = decideStart(starts, limit, nowMs);
      if (decided.kind === 'started') startsOf.set(key, [...starts, nowMs].slice(-limit));
      return decided;
    },
  };
};
