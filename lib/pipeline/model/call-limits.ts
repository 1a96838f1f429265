/** How long one call of a model may take, in ms. A model that is silent or stalled is given up long before its timeout. */
export type CallLimits = {
  /** Until the first event of the reply. */
  firstEventMs: number;
  /** Between two events. Reasoning is silent, so it grows with the effort. */
  betweenEventsMs: number;
  /** From the first byte sent to the last byte read. */
  totalMs: number;
  /** Where the limits come from: the answer to "why was this 12 s?". */
  basis: LimitsBasis;
};

export type LimitsBasis =
  | { kind: 'configured' }
  /** The job's own `timeoutMs` is the limit in all; the others are as configured, and no longer than it. */
  | { kind: 'asked' }
  /** From recent latencies of the same model, effort and tier; `p99Ms` are the ones that each limit rests on. */
  | { kind: 'learned'; samples: number; p99Ms: { firstEvent: number; betweenEvents: number; total: number } };

/** What a call that brought an answer took, in ms. */
export type CallTimes = { firstEventMs: number; longestGapMs: number; totalMs: number };

/** Which limit ended a call. */
export type ReachedLimit = 'firstEvent' | 'betweenEvents' | 'total';

/** The limit of that name, in ms. */
export const limitOf = (limits: CallLimits, reached: ReachedLimit): number => {
  switch (reached) {
    case 'firstEvent':
      return limits.firstEventMs;
    case 'betweenEvents':
      return limits.betweenEventsMs;
    case 'total':
      return limits.totalMs;
  }
};
