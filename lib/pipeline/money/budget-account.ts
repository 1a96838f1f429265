import { LEASE_MS, type LeaseDecision, type LeaseRequest, MOST_CALLS } from './budget.ts';

/** What an environment remembers of one tenant and day. Amounts in micro-dollars. */
export type Account = {
  tenantId: string;
  day: string;
  budgetMicroUsd: number;
  /** What of the lease may still be charged; below 0 when calls cost more than was estimated. */
  freeMicroUsd: number;
  leaseEndsAtMs: number;
  inFlightMicroUsd: number;
  spentMicroUsd: number;
  toldMicroUsd: number;
  settledAtMs: number;
  /** How many calls the next block is to hold, how many this one was charged with, and whether it held but one. */
  calls: number;
  charged: number;
  isSingle: boolean;
  /** The last write crossed the mark of the warning. */
  mustWarn: boolean;
  /** Calls of this estimate or more found no money: they need not ask again before. */
  refused: { untilMs: number; microUsd: number } | undefined;
  /** The store failed: calls are made unasked until then. */
  unaskedUntilMs: number;
  turn: Promise<unknown>;
};

export const openAccount = (tenantId: string, day: string, budgetMicroUsd: number): Account => ({
  tenantId,
  day,
  budgetMicroUsd,
  freeMicroUsd: 0,
  leaseEndsAtMs: 0,
  inFlightMicroUsd: 0,
  spentMicroUsd: 0,
  toldMicroUsd: 0,
  settledAtMs: Number.MAX_SAFE_INTEGER,
  calls: 1,
  charged: 0,
  isSingle: true,
  mustWarn: false,
  refused: undefined,
  unaskedUntilMs: 0,
  turn: Promise.resolve(),
});

/** How much larger a block is than one that was used up. */
const GROWTH = 4;

/** A block that was used up in time was too small; one that was not is as large as what was used of it. */
export const nextBlock = ({ calls, charged, leaseEndsAtMs }: Account, nowMs: number): number => {
  if (charged === 0) return 1;
  return nowMs < leaseEndsAtMs ? Math.min(MOST_CALLS, calls * GROWTH) : Math.max(1, Math.min(calls, charged));
};

/** Calls that ended while the write was on its way belong to the next one. */
export const remember = (account: Account, request: LeaseRequest, decided: LeaseDecision): void => {
  const grantedMicroUsd = decided.kind === 'leased' ? decided.freeMicroUsd : 0;
  const leasedMicroUsd = request.inFlightMicroUsd + grantedMicroUsd;
  account.leaseEndsAtMs = request.nowMs + LEASE_MS;
  account.toldMicroUsd = request.spentMicroUsd;
  account.freeMicroUsd =
    leasedMicroUsd - account.inFlightMicroUsd - (account.spentMicroUsd - request.spentMicroUsd);
  account.mustWarn = decided.warns;
  if (request.estimateMicroUsd === 0) return;
  account.isSingle = grantedMicroUsd <= request.estimateMicroUsd;
  account.charged = 0;
};
