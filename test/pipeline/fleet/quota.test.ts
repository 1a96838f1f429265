import fc from 'fast-check';
import {
  blockRequests,
  decideLease,
  type LeaseDecision,
  type LeaseRequest,
  leaseEndsAtMs,
  leastPerMinute,
  type Quota,
  type QuotaState,
  quotaSchema,
  quotaStateSchema,
} from '../../../lib/pipeline/fleet/quota.ts';
import { type LaneName, laneNames } from '../../../lib/pipeline/job/lane.ts';

/** Buckets of 20 requests and 2,000 tokens; 900 requests and 90,000 tokens flow in a minute. */
const quota: Quota = {
  provider: 'openai',
  modelId: 'gpt-5',
  requestsPerMinute: 1_000,
  tokensPerMinute: 100_000,
};
/** Of which only requests are short. */
const wordy: Quota = { ...quota, tokensPerMinute: 100_000_000 };

const aRequest = (changes: Partial<LeaseRequest> = {}): LeaseRequest => ({
  lane: 'critical',
  tokens: 10,
  typicalTokens: 10,
  nowMs: 0,
  lease: undefined,
  owedTokens: 0,
  ...changes,
});

const leasedFrom = (decision: LeaseDecision) => {
  if (decision.kind !== 'leased') throw new Error(`exhausted for ${decision.freeInMs} ms`);
  return decision;
};

/** Takes blocks until there is nothing for the lane. */
const drained = (known: QuotaState | undefined, lane: LaneName, of = wordy, nowMs = 0): QuotaState => {
  const decision = decideLease(known, of, aRequest({ lane, nowMs }));
  if (decision.kind === 'leased') return drained(decision.state, lane, of, nowMs);
  if (known === undefined) throw new Error('a new record has room');
  return known;
};

const aFullRecord = (of = quota): QuotaState => {
  const { state } = leasedFrom(decideLease(undefined, of, aRequest({ tokens: 0, typicalTokens: 0 })));
  // an hour later nothing is known of that lease
  return leasedFrom(decideLease(state, of, aRequest({ nowMs: 3_600_000, tokens: 0 }))).state;
};

describe('a quota', () => {
  it.each([
    { requestsPerMinute: 0 },
    { tokensPerMinute: 0.5 },
    { modelId: '' },
    { provider: 'nobody' },
    { requestsPerHour: 5 },
  ])('is not one with %j', (change) => {
    expect(quotaSchema.safeParse(quota).success).toBe(true);
    expect(quotaSchema.safeParse({ ...quota, ...change }).success).toBe(false);
  });

  it('says what each lane gets at the least', () => {
    const least = laneNames.map((lane) => Math.round(leastPerMinute(quota, lane).requests));
    expect(least).toEqual([240, 180, 120, 60]);
    expect(leastPerMinute(quota, 'low').tokens).toBeCloseTo(6_000);
  });
});

describe('a block', () => {
  it.each([
    [60, 1],
    [500, 7],
    [1_000, 15],
    [5_000, 20],
    [10_000, 20],
  ])('of %i requests a minute is %i requests', (requestsPerMinute, expected) => {
    const decision = decideLease(undefined, { ...wordy, requestsPerMinute }, aRequest());
    expect(leasedFrom(decision).lease.requests).toBe(expected);
    expect(blockRequests({ ...quota, requestsPerMinute })).toBe(expected);
  });

  it('is no more than half of what there is', () => {
    const first = leasedFrom(decideLease(undefined, wordy, aRequest()));
    const second = leasedFrom(decideLease(first.state, wordy, aRequest()));
    const third = leasedFrom(decideLease(second.state, wordy, aRequest()));
    // 40: the lane's own bucket and the pool
    expect([first, second, third].map(({ lease }) => lease.requests)).toEqual([15, 12, 6]);
  });

  it('has the tokens of the job that waits, and of typical ones after it', () => {
    const { lease } = leasedFrom(
      decideLease(undefined, quota, aRequest({ tokens: 300, typicalTokens: 100 })),
    );
    expect(lease).toMatchObject({ requests: 6, tokens: 300 + 5 * 100, ahead: { requests: 5, tokens: 500 } });
  });

  it('shrinks when too much is leased and unused already', () => {
    const busy = aFullRecord();
    const leased = { current: 299, previous: 0 };
    const { lease } = leasedFrom(
      decideLease({ ...busy, requests: { ...busy.requests, leased } }, wordy, aRequest({ nowMs: 3_600_000 })),
    );
    expect(lease.requests).toBe(2);
  });
});

describe('lanes of a quota', () => {
  it.each([
    ['critical', 0],
    ['high', 5],
    ['medium', 10],
    ['low', 15],
  ] as const)(
    '%s leaves in the pool what others need before it, and their own buckets whole',
    (lane, kept) => {
      const { requests } = drained(undefined, lane);
      expect(requests.idle).toBe(kept);
      for (const other of laneNames) expect(requests.lanes[other]).toBe(other === lane ? 0 : 20);
    },
  );

  it('find a place for one in a full pool, however small the quota', () => {
    const tiny = { ...wordy, requestsPerMinute: 60 };
    for (const lane of laneNames) {
      const own = leasedFrom(decideLease(undefined, tiny, aRequest({ lane })));
      expect(decideLease(own.state, tiny, aRequest({ lane })).kind).toBe('leased');
    }
  });

  it('get what overflows the others', () => {
    const empty = laneNames.reduce<QuotaState | undefined>((state, lane) => drained(state, lane), undefined);
    const { requests } = leasedFrom(
      decideLease(empty, wordy, aRequest({ lane: 'low', nowMs: 59_000 })),
    ).state;
    expect(requests.lanes.critical).toBe(20);
    expect(requests.idle).toBe(20);
  });
});

describe('an exhausted quota', () => {
  it('says to the ms when there is room for one', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...laneNames),
        fc.integer({ min: 10, max: 10_000 }),
        fc.integer({ min: 0, max: 1_500 }),
        (lane, requestsPerMinute, tokens) => {
          const scarce = { ...quota, requestsPerMinute };
          const state = laneNames.reduce<QuotaState | undefined>(
            (at, each) => drained(at, each, scarce),
            undefined,
          );
          const refused = decideLease(state, scarce, aRequest({ lane, tokens }));
          if (refused.kind === 'leased') return fc.pre(false);
          const kindAt = (nowMs: number) =>
            decideLease(state, scarce, aRequest({ lane, tokens, nowMs })).kind;
          expect(kindAt(refused.freeInMs - 1)).toBe('exhausted');
          if (refused.freeInMs < 60_000) expect(kindAt(refused.freeInMs)).toBe('leased');
        },
      ),
      { seed: 20_263 },
    );
  });

  it('refills nothing for a clock that is a little behind', () => {
    const empty = drained(undefined, 'low', wordy, 10_000);
    expect(decideLease(empty, wordy, aRequest({ lane: 'low', nowMs: 6_000 })).kind).toBe('exhausted');
  });

  it('does not wait for a clock that was wrong by an hour', () => {
    const empty = drained(undefined, 'low', wordy, 3_600_000);
    const { state } = leasedFrom(decideLease(empty, wordy, aRequest({ nowMs: 10_000 })));
    expect(state.updatedAtMs).toBe(15_000);
  });
});

describe('what is leased', () => {
  /** What the lanes gain in a second without traffic, after the lane has been drained. */
  const flowOf = (state: QuotaState, nowMs: number) => {
    const sum = ({ requests: { lanes, idle } }: QuotaState) =>
      lanes.critical + lanes.high + lanes.medium + lanes.low + idle;
    const later = leasedFrom(decideLease(state, wordy, aRequest({ lane: 'high', nowMs })));
    return sum(later.state) + later.lease.requests - sum(state);
  };
  const record = (leased: number): QuotaState => {
    const empty = drained(undefined, 'critical');
    const pair = { current: leased, previous: 0 };
    return { ...empty, requests: { ...empty.requests, leased: pair, peak: pair } };
  };

  it('is missing from the refill, so that its use in the same minute passes no limit', () => {
    expect(flowOf(record(0), 1_000)).toBeCloseTo(900 / 60);
    expect(flowOf(record(120), 1_000)).toBeCloseTo(780 / 60);
  });

  it('never takes more than three tenths of the limit from it', () => {
    expect(flowOf(record(5_000), 1_000)).toBeCloseTo(600 / 60);
  });

  it('ends with the minute after the one that it was given in, and is forgotten after one more', () => {
    const { lease } = leasedFrom(decideLease(undefined, wordy, aRequest({ nowMs: 50_000 })));
    expect(leaseEndsAtMs(lease)).toBe(119_000);
    const ledgerAt = (nowMs: number) =>
      leasedFrom(
        decideLease(record(100), { ...wordy, requestsPerMinute: 60 }, aRequest({ lane: 'high', nowMs })),
      ).state.requests;
    expect(ledgerAt(60_000)).toMatchObject({
      leased: { previous: 100 },
      peak: { current: 100, previous: 100 },
    });
    expect(ledgerAt(120_000)).toMatchObject({ leased: { previous: 0 }, peak: { current: 0, previous: 100 } });
    expect(ledgerAt(180_000)).toMatchObject({ leased: { previous: 0 }, peak: { current: 0, previous: 0 } });
  });

  it('goes back with the next write while it lasts, and is lost after its end', () => {
    const first = leasedFrom(decideLease(undefined, wordy, aRequest()));
    const left = { ...first.lease, requests: 10, tokens: 100 };
    const again = leasedFrom(decideLease(first.state, wordy, aRequest({ lease: left })));
    expect(again.lease.requests).toBe(15);
    expect(again.state.requests.lanes.critical).toBe(20 - 15 + 10 - 15);
    expect(again.state.requests.leased.current).toBe(14);

    const empty = drained(undefined, 'critical');
    const late = { ...left, minute: -2 };
    expect(decideLease(empty, wordy, aRequest({ lease: late })).kind).toBe('exhausted');
    expect(decideLease(empty, wordy, aRequest({ lease: left })).kind).toBe('leased');
  });
});

describe('tokens', () => {
  const take = (known: QuotaState | undefined, changes: Partial<LeaseRequest>) =>
    leasedFrom(decideLease(known, quota, aRequest({ typicalTokens: 0, ...changes }))).state;

  it('come back when calls used less, and are paid when they used more', () => {
    const before = take(undefined, { tokens: 1_500 });
    expect(before.tokens.lanes.critical).toBe(500);
    expect(take(before, { tokens: 0, owedTokens: -400 }).tokens.lanes.critical).toBe(900);
    expect(take(before, { tokens: 0, owedTokens: 700 }).tokens.lanes.critical).toBe(-200);
  });

  it('of a job larger than a bucket are lent to a full lane, which works the debt off first', () => {
    const indebted = take(undefined, { lane: 'low', tokens: 9_000 });
    expect(indebted.tokens.lanes.low).toBe(2_000 + 2_000 - 9_000);
    expect(indebted.tokens.idle).toBe(0);
    expect(decideLease(indebted, quota, aRequest({ lane: 'low', tokens: 9_000 })).kind).toBe('exhausted');
    expect(decideLease(indebted, quota, aRequest({ lane: 'critical', tokens: 9_000 })).kind).toBe('leased');
  });

  it('are owed for no longer than a minute, as a provider remembers them', () => {
    const indebted = take(undefined, { tokens: 0, owedTokens: 10_000_000 });
    expect(indebted.tokens.lanes.critical).toBeCloseTo(-leastPerMinute(quota, 'critical').tokens);
  });
});

describe('the shared record', () => {
  it('stays under 1 KB, the unit that a write is billed by', () => {
    const long = JSON.parse(
      JSON.stringify(aFullRecord(), (_, value) =>
        typeof value === 'number' ? value + 123_456.789_012_345_6 : value,
      ),
    );
    expect(quotaStateSchema.safeParse(long).success).toBe(true);
    expect(JSON.stringify(long).length).toBeLessThan(900);
  });
});
