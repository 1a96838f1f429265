import * as z from 'zod/mini';
import type { LaneName } from '../job/lane.ts';
import { providerNames } from '../model/model.ts';
import {
  afterTime,
  available,
  canStart,
  charged,
  fullLedger,
  LANE_SHARES,
  type Limit,
  leaseRoom,
  leastRefillPerMinute,
  limitOf,
  MINUTE_MS,
  type QuotaLedger,
  quotaLedgerSchema,
  withDebt,
  withLease,
  withoutLease,
  withReturned,
} from './quota-ledger.ts';

const positiveInt = z.int().check(z.positive());

/** What a provider allows for one of its models, for all callers of an account together. */
export const quotaSchema = z.strictObject({
  provider: z.enum(providerNames),
  modelId: z.string().check(z.minLength(1)),
  requestsPerMinute: positiveInt,
  tokensPerMinute: positiveInt,
});

export type Quota = z.infer<typeof quotaSchema>;

/** The record that the fleet shares for each quota. It stays under 1 KB, so that a write is one billed unit. */
export const quotaStateSchema = z.strictObject({
  updatedAtMs: z.number(),
  requests: quotaLedgerSchema,
  tokens: quotaLedgerSchema,
});

/**
 * In any 60 s, lanes and environments together start no more than the quota's requests and tokens. Past it are:
 * jobs of more tokens than a bucket (2 % of the quota), by what they have more, one of each lane; quotas under 10
 * requests a minute, by up to 4; and clocks that differ and slow writes, by what flows in that time.
 */
export type QuotaState = z.infer<typeof quotaStateSchema>;

/** What an environment took in one write and uses job by job. `ahead`: what of it was taken before its use. */
export type Lease = {
  requests: number;
  tokens: number;
  minute: number;
  ahead: { requests: number; tokens: number };
};

export type LeaseRequest = {
  lane: LaneName;
  /** Of the job that waits for the answer. */
  tokens: number;
  /** What the jobs after it will want, as far as is known. */
  typicalTokens: number;
  nowMs: number;
  /** The lease before, which ends with this write. */
  lease: Lease | undefined;
  /** What jobs used more than was estimated since the last write; below 0 when they used less. */
  owedTokens: number;
};

export type LeaseDecision =
  | { kind: 'leased'; state: QuotaState; lease: Lease }
  /** `freeInMs`: when one such job could start if nobody else took anything, at most a minute. */
  | { kind: 'exhausted'; freeInMs: number };

/** Clocks of two workers may differ by this much before a lease is used that the fleet has forgotten. */
const CLOCK_MARGIN_MS = 1_000;

/** A lease ends with the minute after the one that it was given in; what is left of it then is lost. */
export const leaseEndsAtMs = ({ minute }: Lease): number => (minute + 2) * MINUTE_MS - CLOCK_MARGIN_MS;

/** The most requests in a block: nearly a second of the quota, at most 20. */
export const blockRequests = ({ requestsPerMinute }: Quota): number =>
  Math.min(20, Math.max(1, Math.floor(requestsPerMinute / 64)));

type Limits = { requests: Limit; tokens: Limit };

const limitsOf = ({ requestsPerMinute, tokensPerMinute }: Quota): Limits => ({
  requests: limitOf(requestsPerMinute, 1),
  tokens: limitOf(tokensPerMinute, 0),
});

/** What a lane gets in any case while all others take whatever they can: its share of what flows at the least. */
export const leastPerMinute = (quota: Quota, lane: LaneName): { requests: number; tokens: number } => {
  const limits = limitsOf(quota);
  return {
    requests: LANE_SHARES[lane] * leastRefillPerMinute(limits.requests),
    tokens: LANE_SHARES[lane] * leastRefillPerMinute(limits.tokens),
  };
};

/** The rule for one write: a block for the lane, out of the record as it was read (`undefined`: there is none). */
export const decideLease = (
  known: QuotaState | undefined,
  quota: Quota,
  request: LeaseRequest,
): LeaseDecision => {
  const limits = limitsOf(quota);
  const state = settled(atInstant(known, limits, request.nowMs), limits, request);
  if (!hasRoom(state, limits, request))
    return { kind: 'exhausted', freeInMs: msUntilRoom(state, limits, request) };
  return leased(state, limits, request, blockSize(state, limits, quota, request));
};

/** A clock that was ahead by more than this was wrong: waiting for it would stop the fleet. */
const MAX_SKEW_MS = 5_000;

/** Time does not run backwards: a worker whose clock is a little behind finds nothing refilled. */
const atInstant = (known: QuotaState | undefined, limits: Limits, nowMs: number): QuotaState => {
  if (known === undefined)
    return { updatedAtMs: nowMs, requests: fullLedger(limits.requests), tokens: fullLedger(limits.tokens) };
  const fromMs = Math.min(known.updatedAtMs, nowMs + MAX_SKEW_MS);
  const untilMs = Math.max(nowMs, fromMs);
  return {
    updatedAtMs: untilMs,
    requests: afterTime(known.requests, limits.requests, fromMs, untilMs),
    tokens: afterTime(known.tokens, limits.tokens, fromMs, untilMs),
  };
};

const settled = (state: QuotaState, limits: Limits, request: LeaseRequest): QuotaState => {
  const { lane, nowMs, lease, owedTokens } = request;
  const tokens =
    owedTokens > 0
      ? withDebt(state.tokens, limits.tokens, lane, owedTokens)
      : withReturned(state.tokens, limits.tokens, lane, -owedTokens);
  if (lease === undefined) return { ...state, tokens };
  const minutesAgo = Math.floor(state.updatedAtMs / MINUTE_MS) - lease.minute;
  const unused = nowMs < leaseEndsAtMs(lease) ? lease : { requests: 0, tokens: 0 };
  const end = (ledger: QuotaLedger, limit: Limit, ahead: number, left: number) =>
    withReturned(withoutLease(ledger, ahead, minutesAgo), limit, lane, left);
  return {
    ...state,
    requests: end(state.requests, limits.requests, lease.ahead.requests, unused.requests),
    tokens: end(tokens, limits.tokens, lease.ahead.tokens, unused.tokens),
  };
};

const hasRoom = (state: QuotaState, limits: Limits, { lane, tokens }: LeaseRequest): boolean =>
  canStart(state.requests, limits.requests, lane, 1) && canStart(state.tokens, limits.tokens, lane, tokens);

/** Half of what there is at most: environments that start together shall not leave the last of them without. */
const blockSize = (
  { requests, tokens }: QuotaState,
  limits: Limits,
  quota: Quota,
  request: LeaseRequest,
): number => {
  const jobTokens = Math.max(1, request.tokens, request.typicalTokens);
  const most = Math.min(
    blockRequests(quota),
    available(requests, limits.requests, request.lane, 1) / 2,
    available(tokens, limits.tokens, request.lane, request.tokens) / 2 / jobTokens,
    1 + leaseRoom(requests, limits.requests),
    1 + leaseRoom(tokens, limits.tokens) / jobTokens,
  );
  return Math.max(1, Math.floor(most));
};

const leased = (
  { updatedAtMs, requests, tokens }: QuotaState,
  limits: Limits,
  { lane, tokens: jobTokens, typicalTokens }: LeaseRequest,
  block: number,
): LeaseDecision => {
  const ahead = { requests: block - 1, tokens: (block - 1) * typicalTokens };
  const take = (ledger: QuotaLedger, limit: Limit, jobSize: number, aheadOfUse: number) =>
    withLease(charged(ledger, limit, lane, { amount: jobSize + aheadOfUse, jobSize }), aheadOfUse);
  return {
    kind: 'leased',
    state: {
      updatedAtMs,
      requests: take(requests, limits.requests, 1, ahead.requests),
      tokens: take(tokens, limits.tokens, jobTokens, ahead.tokens),
    },
    lease: {
      requests: 1 + ahead.requests,
      tokens: jobTokens + ahead.tokens,
      minute: Math.floor(updatedAtMs / MINUTE_MS),
      ahead,
    },
  };
};

/** By halving: what flows over from other lanes makes the filling of a bucket a line with bends. */
const msUntilRoom = (state: QuotaState, limits: Limits, request: LeaseRequest): number => {
  let noneMs = 0;
  let someMs = MINUTE_MS;
  while (someMs - noneMs > 1) {
    const middleMs = Math.floor((noneMs + someMs) / 2);
    if (hasRoom(atInstant(state, limits, state.updatedAtMs + middleMs), limits, request)) someMs = middleMs;
    else noneMs = middleMs;
  }
  return someMs;
};
