import * as z from 'zod/mini';
import type { LaneName } from '../job/lane.ts';
import {
  type BudgetState,
  leasedMicroUsd,
  recordedMicroUsd,
  withAhead,
  withoutDead,
} from './budget-record.ts';

const microUsd = z.int().check(z.positive());

/** What tenants may spend on models in a UTC day, in millionths of a US dollar. */
export const budgetsSchema = z.strictObject({
  /** Of a tenant that is not listed. Without it such a tenant has no budget, and spends what it likes. */
  perDayMicroUsd: z.optional(microUsd),
  /** The part of every budget that only lane `critical` may use, at the end of the day's money. */
  criticalShare: z.number().check(z.gte(0), z.lte(0.9)),
  /** Tenants of their own; `null`: none, whatever the default is. */
  tenants: z.record(z.string().check(z.minLength(1)), z.nullable(microUsd)),
});

export type BudgetRules = z.infer<typeof budgetsSchema>;

/** Nobody is held to anything. */
export const noBudgets: BudgetRules = { criticalShare: 0, tenants: {} };

/** A tenant's budget for a day, in micro-dollars. */
export const budgetOf = ({ perDayMicroUsd, tenants }: BudgetRules, tenantId: string): number | undefined =>
  Object.hasOwn(tenants, tenantId) ? (tenants[tenantId] ?? undefined) : perDayMicroUsd;

/** What a lane may spend of it: the last part is kept for `critical`. */
export const limitOfLane = (budgetMicroUsd: number, criticalShare: number, lane: LaneName): number =>
  lane === 'critical' ? budgetMicroUsd : Math.floor(budgetMicroUsd * (1 - criticalShare));

/** What an environment says of itself with every write. Amounts in micro-dollars. */
export type LeaseRequest = {
  environment: string;
  nowMs: number;
  /** What of the tenant's budget the lane may use. */
  limitMicroUsd: number;
  /** Of the call that waits for the answer; 0 when none does, and the rest of the lease comes back. */
  estimateMicroUsd: number;
  /** How many such calls the block is to hold. */
  calls: number;
  /** Estimates of the environment's calls that are under way. */
  inFlightMicroUsd: number;
  /** All that it has spent today, and what of it the record is known to have. */
  spentMicroUsd: number;
  toldMicroUsd: number;
  /** When it last spent. */
  settledAtMs: number;
  /** The warning of this environment has been raised. */
  hasWarned: boolean;
};

/** `isNews`: the write is worth making for what it tells. `warns`: whoever makes it is to raise the warning. */
export type LeaseDecision = { state: BudgetState; isNews: boolean; warns: boolean } & (
  | { kind: 'leased'; freeMicroUsd: number }
  | { kind: 'exhausted' }
);

/** How long calls are charged to a lease, in ms: twenty calls of a busy environment take about as long. */
export const LEASE_MS = 120_000;

/** A block holds at most this part of what is left: blocks shrink to one call as the end comes near. */
export const BLOCK_SHARE = 0.01;
export const MOST_CALLS = 20;

/** The part of what a lane may spend, spent or leased, at which somebody is warned. */
export const WARNING_SHARE = 0.8;

/** An environment that has not confirmed its warning after this is taken for dead, and another one raises it. In ms. */
export const RAISING_MS = 60_000;

/** The rule for one write, out of the record as it was read. */
export const decideLease = (known: BudgetState, request: LeaseRequest): LeaseDecision => {
  const told = withSpending(withoutDead(known, request.nowMs, request.environment), request);
  const takenMicroUsd =
    recordedMicroUsd(told) + leasedMicroUsd(told, request.environment) + request.inFlightMicroUsd;
  const roomMicroUsd = request.limitMicroUsd - takenMicroUsd;
  const isAffordable = request.estimateMicroUsd <= roomMicroUsd;
  const isNear = !isAffordable || takenMicroUsd >= request.limitMicroUsd * WARNING_SHARE;
  const { state: warned, warns } = withWarning(told, request, isNear);
  const freeMicroUsd = isAffordable ? blockOf(request, roomMicroUsd) : 0;
  const state = withLease(warned, request, freeMicroUsd);
  const isNews = freeMicroUsd > 0 || !isSame(known, state, request.environment);
  return isAffordable
    ? { kind: 'leased', state, freeMicroUsd, isNews, warns }
    : { kind: 'exhausted', state, isNews, warns };
};

/**
 * Environments tell the day's sum and not what is new, so a write whose reply was lost counts once. What the ledger has
 * counted meanwhile is not told again. One that comes back after it was taken for dead counts twice until the ledger
 * has what it spent: nobody knows any more what its old lease covered.
 */
const withSpending = (state: BudgetState, request: LeaseRequest): BudgetState => {
  const { environment, nowMs, spentMicroUsd, toldMicroUsd, settledAtMs } = request;
  if (settledAtMs <= state.correctedUntilMs) return state;
  const [, knownMicroUsd = toldMicroUsd] = state.leases[environment] ?? [];
  return withAhead(state, nowMs, spentMicroUsd - knownMicroUsd);
};

/** Each limit is warned of once; whoever has been warned of a higher one knows of the lower one. */
const withWarning = (
  state: BudgetState,
  { nowMs, limitMicroUsd, hasWarned }: LeaseRequest,
  isNear: boolean,
): { state: BudgetState; warns: boolean } => {
  const { warning } = state;
  const isCovered = warning.kind !== 'none' && warning.limitMicroUsd >= limitMicroUsd;
  const isRaising = warning.kind === 'raising' && Math.abs(nowMs - warning.atMs) < RAISING_MS;
  if (hasWarned)
    return isCovered && warning.limitMicroUsd > limitMicroUsd
      ? { state, warns: false }
      : { state: { ...state, warning: { kind: 'raised', limitMicroUsd } }, warns: false };
  if (!isNear || (isCovered && (warning.kind === 'raised' || isRaising))) return { state, warns: false };
  return { state: { ...state, warning: { kind: 'raising', atMs: nowMs, limitMicroUsd } }, warns: true };
};

/** Whole calls, so that a block near the end is one call and not a call and a bit. */
const blockOf = ({ estimateMicroUsd, calls }: LeaseRequest, roomMicroUsd: number): number => {
  if (estimateMicroUsd === 0) return 0;
  const share = ((roomMicroUsd - estimateMicroUsd) * BLOCK_SHARE) / estimateMicroUsd;
  return estimateMicroUsd * (1 + Math.max(0, Math.floor(Math.min(calls - 1, share))));
};

const withLease = (state: BudgetState, request: LeaseRequest, freeMicroUsd: number): BudgetState => {
  const { environment, nowMs, inFlightMicroUsd, spentMicroUsd } = request;
  const entry: [number, number, number] = [inFlightMicroUsd + freeMicroUsd, spentMicroUsd, nowMs + LEASE_MS];
  return { ...state, leases: { ...state.leases, [environment]: entry } };
};

const isSame = (known: BudgetState, state: BudgetState, environment: string): boolean => {
  const [leased = 0, spent = 0] = known.leases[environment] ?? [];
  const [leasedNow = 0, spentNow = 0] = state.leases[environment] ?? [];
  const isSameWarning = JSON.stringify(known.warning) === JSON.stringify(state.warning);
  return leased === leasedNow && spent === spentNow && isSameWarning;
};
