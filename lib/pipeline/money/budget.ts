import * as z from 'zod/mini';
import type { LaneName } from '../job/lane.ts';

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

/**
 * One environment's: what it has leased, what it has spent today, and when its lease ends (ms since 1970). A tuple,
 * because 26 of them are to stay near the 1 KB of one billed write.
 */
const entrySchema = z.tuple([z.number(), z.number(), z.number()]);

const warningSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('raising'), atMs: z.number() }),
  z.strictObject({ kind: z.literal('raised') }),
]);

/** The record that the fleet shares for each tenant and day. */
export const budgetStateSchema = z.object({
  /** What environments have told that they spent. */
  spentMicroUsd: z.number(),
  /** Leases of environments that have fallen silent: taken for spent until the ledger or the environment says better. */
  presumedMicroUsd: z.number(),
  /** When the last of these leases ended. */
  presumedUntilMs: z.number(),
  /** Until when the ledger has set what is spent. */
  correctedUntilMs: z.number(),
  leases: z.record(z.string(), entrySchema),
  warning: warningSchema,
});

export type BudgetState = z.infer<typeof budgetStateSchema>;

export const emptyBudget: BudgetState = {
  spentMicroUsd: 0,
  presumedMicroUsd: 0,
  presumedUntilMs: 0,
  correctedUntilMs: 0,
  leases: {},
  warning: { kind: 'none' },
};

/** What of a limit has not been spent; what is only leased may come back. In micro-dollars. */
export const unspentMicroUsd = (
  { spentMicroUsd, presumedMicroUsd }: BudgetState,
  limitMicroUsd: number,
): number => limitMicroUsd - spentMicroUsd - presumedMicroUsd;

/** What an environment says of itself with every write. Amounts in micro-dollars. */
export type LeaseRequest = {
  environment: string;
  nowMs: number;
  /** The tenant's, and what of it the lane may use. */
  budgetMicroUsd: number;
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
  /** The lease that it last wrote, and when it last spent. */
  leasedMicroUsd: number;
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

/** A call may outlast its lease by what an invocation takes, and clocks differ: a lease older than this is a dead one's. In ms. */
export const GRACE_MS = 180_000;

/** A block holds at most this part of what is left: blocks shrink to one call as the end comes near. */
export const BLOCK_SHARE = 0.01;
export const MOST_CALLS = 20;

/** The part of a budget, spent or leased, at which somebody is warned. */
export const WARNING_SHARE = 0.8;

/** An environment that has not confirmed its warning after this is taken for dead, and another one raises it. In ms. */
export const RAISING_MS = 60_000;

/** The rule for one write, out of the record as it was read (`undefined`: there is none). */
export const decideLease = (known: BudgetState | undefined, request: LeaseRequest): LeaseDecision => {
  const told = withSpending(withoutDead(known ?? emptyBudget, request.nowMs, request.environment), request);
  const { state: warned, warns } = withWarning(told, request);
  const roomMicroUsd = request.limitMicroUsd - committedBesides(warned, request) - request.inFlightMicroUsd;
  const isAffordable = request.estimateMicroUsd <= roomMicroUsd;
  const freeMicroUsd = isAffordable ? blockOf(request, roomMicroUsd) : 0;
  const state = withLease(warned, request, freeMicroUsd);
  const isNews = freeMicroUsd > 0 || !isSame(known, state, request.environment);
  return isAffordable
    ? { kind: 'leased', state, freeMicroUsd, isNews, warns }
    : { kind: 'exhausted', state, isNews, warns };
};

/** Leases that ended long ago become presumed spending, so that the record stays small. */
export const withoutDead = (state: BudgetState, nowMs: number, except?: string): BudgetState => {
  const isDead = ([name, [, , untilMs]]: [string, [number, number, number]]) =>
    name !== except && untilMs + GRACE_MS <= nowMs;
  const entries = Object.entries(state.leases);
  const dead = entries.filter(isDead).map(([, entry]) => entry);
  return {
    ...state,
    presumedMicroUsd: dead.reduce((sum, [leased]) => sum + leased, state.presumedMicroUsd),
    presumedUntilMs: Math.max(state.presumedUntilMs, ...dead.map(([, , untilMs]) => untilMs)),
    leases: Object.fromEntries(entries.filter((entry) => !isDead(entry))),
  };
};

/**
 * Environments tell the day's sum and not what is new, so a write whose reply was lost counts once. One that was taken
 * for dead takes back what was presumed of it; what the ledger has counted meanwhile is not told again.
 */
const withSpending = (state: BudgetState, request: LeaseRequest): BudgetState => {
  const { environment, spentMicroUsd, toldMicroUsd, leasedMicroUsd, settledAtMs } = request;
  const entry = state.leases[environment];
  if (entry !== undefined) return { ...state, spentMicroUsd: state.spentMicroUsd + spentMicroUsd - entry[1] };
  if (settledAtMs <= state.correctedUntilMs) return state;
  return {
    ...state,
    spentMicroUsd: state.spentMicroUsd + spentMicroUsd - toldMicroUsd,
    presumedMicroUsd: Math.max(0, state.presumedMicroUsd - leasedMicroUsd),
  };
};

const withWarning = (state: BudgetState, request: LeaseRequest): { state: BudgetState; warns: boolean } => {
  const { nowMs, budgetMicroUsd, hasWarned, inFlightMicroUsd } = request;
  const { warning } = state;
  if (hasWarned) return { state: { ...state, warning: { kind: 'raised' } }, warns: false };
  const isDue =
    warning.kind === 'none' || (warning.kind === 'raising' && Math.abs(nowMs - warning.atMs) >= RAISING_MS);
  const takenMicroUsd = committedBesides(state, request) + inFlightMicroUsd;
  if (!isDue || takenMicroUsd < budgetMicroUsd * WARNING_SHARE) return { state, warns: false };
  return { state: { ...state, warning: { kind: 'raising', atMs: nowMs } }, warns: true };
};

/** What is spent or may be, without this environment's lease. */
const committedBesides = (state: BudgetState, { environment }: LeaseRequest): number =>
  Object.entries(state.leases)
    .filter(([name]) => name !== environment)
    .reduce((sum, [, [leased]]) => sum + leased, state.spentMicroUsd + state.presumedMicroUsd);

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

const isSame = (known: BudgetState | undefined, state: BudgetState, environment: string): boolean => {
  const [leased = 0, spent = 0] = known?.leases[environment] ?? [];
  const [leasedNow = 0, spentNow = 0] = state.leases[environment] ?? [];
  return leased === leasedNow && spent === spentNow && known?.warning.kind === state.warning.kind;
};
