import * as z from 'zod/mini';
import { type LaneName, laneNames } from '../job/lane.ts';

/** What of a minute's refill is a lane's own. Who may borrow first is in POOL_KEPT. */
export const LANE_SHARES: Readonly<Record<LaneName, number>> = {
  critical: 0.4,
  high: 0.3,
  medium: 0.2,
  low: 0.1,
};

/** What a lane must leave in a full pool for more important ones, as a part of the pool. */
const POOL_KEPT: Readonly<Record<LaneName, number>> = { critical: 0, high: 0.25, medium: 0.5, low: 0.75 };

/** All buckets together hold 6 s of the limit; what bursts out of them is missing from the refill. */
const BURST_SHARE = 0.1;

/** Four lanes and the pool, alike: a share says how fast a bucket fills, not how much it must hold at once. */
const BUCKETS = laneNames.length + 1;

/** The most that may lie about as leased and unused, as a part of the limit: 26 environments with blocks of 1.2 % have room. */
const LEASED_SHARE = 0.3;

/** Where a limit is too small for whole jobs in five buckets, half of it flows all the same. */
const LEAST_REFILL_SHARE = 0.5;

export const MINUTE_MS = 60_000;

const minutes = z.strictObject({ current: z.number(), previous: z.number() });

export const quotaLedgerSchema = z.strictObject({
  /** Below 0: a debt, which the lane works off first. */
  lanes: z.record(z.enum(laneNames), z.number()),
  idle: z.number(),
  /** Handed out in blocks in this minute and the one before, and unused as far as is known. */
  leased: minutes,
  /** The most that was leased at any instant of either minute. */
  peak: minutes,
});

/**
 * One limited thing (requests, or tokens) of one quota: a bucket for each lane, and a pool of what overflows them.
 * What is leased may be used a minute after it left the buckets, on top of that minute's refill. So the refill is
 * `limit - burst - the most leased in the last minute`: no 60 s see more than the limit, whoever uses his lease when.
 */
export type QuotaLedger = z.infer<typeof quotaLedgerSchema>;

/** `bucket`: the capacity of each of the five buckets. */
export type Limit = { perMinute: number; bucket: number };

/** `leastBucket`: what every bucket must be able to hold; 1 where the unit cannot be split. */
export const limitOf = (perMinute: number, leastBucket: number): Limit => ({
  perMinute,
  bucket: Math.max((perMinute * BURST_SHARE) / BUCKETS, leastBucket),
});

export const fullLedger = ({ bucket }: Limit): QuotaLedger => ({
  lanes: { critical: bucket, high: bucket, medium: bucket, low: bucket },
  idle: bucket,
  leased: { current: 0, previous: 0 },
  peak: { current: 0, previous: 0 },
});

/** What flows in a minute, whatever is leased. */
export const leastRefillPerMinute = ({ perMinute, bucket }: Limit): number =>
  Math.max(perMinute * LEAST_REFILL_SHARE, perMinute * (1 - LEASED_SHARE) - BUCKETS * bucket);

const refillPerMinute = ({ peak }: QuotaLedger, limit: Limit): number =>
  Math.max(
    leastRefillPerMinute(limit),
    limit.perMinute - BUCKETS * limit.bucket - Math.max(peak.current, peak.previous),
  );

/** The ledger after some time without a write. The peaks before it count to its end, which errs to the safe side. */
export const afterTime = (
  ledger: QuotaLedger,
  limit: Limit,
  fromMs: number,
  untilMs: number,
): QuotaLedger => {
  const flow = (refillPerMinute(ledger, limit) * (untilMs - fromMs)) / MINUTE_MS;
  const { critical, high, medium, low } = LANE_SHARES;
  const filled = poured(ledger, limit, {
    critical: flow * critical,
    high: flow * high,
    medium: flow * medium,
    low: flow * low,
  });
  // after three turns nothing that was known is left
  const turns = Math.min(3, Math.floor(untilMs / MINUTE_MS) - Math.floor(fromMs / MINUTE_MS));
  return Array.from({ length: turns }).reduce<QuotaLedger>(nextMinute, filled);
};

const nextMinute = (ledger: QuotaLedger): QuotaLedger => ({
  ...ledger,
  leased: { current: 0, previous: ledger.leased.current },
  peak: { current: ledger.leased.current, previous: ledger.peak.current },
});

/** Into the lanes' own buckets; what overflows them into the pool; what overflows that wherever there is room. */
const poured = (
  ledger: QuotaLedger,
  { bucket }: Limit,
  flow: Readonly<Record<LaneName, number>>,
): QuotaLedger => {
  const lanes = { ...ledger.lanes };
  let rest = ledger.idle;
  for (const lane of laneNames) {
    const level = lanes[lane] + flow[lane];
    lanes[lane] = Math.min(bucket, level);
    rest += level - lanes[lane];
  }
  const idle = Math.min(bucket, rest);
  rest -= idle;
  for (const lane of laneNames) {
    const room = Math.min(rest, bucket - lanes[lane]);
    lanes[lane] += room;
    rest -= room;
  }
  return { ...ledger, lanes, idle };
};

/** What comes back to a lane. */
export const withReturned = (
  ledger: QuotaLedger,
  limit: Limit,
  lane: LaneName,
  amount: number,
): QuotaLedger => poured(ledger, limit, { critical: 0, high: 0, medium: 0, low: 0, [lane]: amount });

/** What the lane may borrow for jobs of this size. A full pool has room for one, whatever must be kept of it. */
const lendable = ({ idle }: QuotaLedger, { bucket }: Limit, lane: LaneName, jobSize: number): number =>
  Math.max(0, idle - Math.min(POOL_KEPT[lane] * bucket, Math.max(0, bucket - jobSize)));

export const available = (ledger: QuotaLedger, limit: Limit, lane: LaneName, jobSize: number): number =>
  Math.max(0, ledger.lanes[lane]) + lendable(ledger, limit, lane, jobSize);

/** A job that is larger than a bucket starts when the lane's own is full, and leaves a debt: else it never would. */
export const canStart = (ledger: QuotaLedger, limit: Limit, lane: LaneName, jobSize: number): boolean =>
  available(ledger, limit, lane, jobSize) >= jobSize || ledger.lanes[lane] >= limit.bucket;

/** From the lane's own bucket first, then from the pool; what neither has is owed. */
export const charged = (
  ledger: QuotaLedger,
  limit: Limit,
  lane: LaneName,
  { amount, jobSize }: { amount: number; jobSize: number },
): QuotaLedger => {
  const missing = Math.max(0, amount - Math.max(0, ledger.lanes[lane]));
  const borrowed = Math.min(missing, lendable(ledger, limit, lane, jobSize));
  return withDebt({ ...ledger, idle: ledger.idle - borrowed }, limit, lane, amount - borrowed);
};

/** Takes from the lane's own bucket even below 0, but no more than a minute refills: providers forget after one. */
export const withDebt = (ledger: QuotaLedger, limit: Limit, lane: LaneName, amount: number): QuotaLedger => {
  const mostOwed = LANE_SHARES[lane] * leastRefillPerMinute(limit);
  return {
    ...ledger,
    lanes: { ...ledger.lanes, [lane]: Math.max(-mostOwed, ledger.lanes[lane] - amount) },
  };
};

/** How much more may be leased ahead of its use. */
export const leaseRoom = ({ leased }: QuotaLedger, { perMinute }: Limit): number =>
  Math.max(0, perMinute * LEASED_SHARE - leased.current - leased.previous);

export const withLease = (ledger: QuotaLedger, amount: number): QuotaLedger => {
  const leased = { ...ledger.leased, current: ledger.leased.current + amount };
  const peak = { ...ledger.peak, current: Math.max(ledger.peak.current, leased.current + leased.previous) };
  return { ...ledger, leased, peak };
};

/** The end of a lease that was given `minutesAgo`; older ones are forgotten already. */
export const withoutLease = (ledger: QuotaLedger, amount: number, minutesAgo: number): QuotaLedger => {
  const { current, previous } = ledger.leased;
  const less = (leased: number, at: number) => (minutesAgo === at ? Math.max(0, leased - amount) : leased);
  return { ...ledger, leased: { current: less(current, 0), previous: less(previous, 1) } };
};
