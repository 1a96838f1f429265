import * as z from 'zod/mini';

/**
 * One environment's: what it has leased, what it has spent today, and when its lease ends (ms since 1970). A tuple,
 * because 26 of them are to stay near the 1 KB of one billed write.
 */
const entrySchema = z.tuple([z.number(), z.number(), z.number()]);

/** `limitMicroUsd`: what the lane may spend whose limit is near. */
const warningSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('raising'), atMs: z.number(), limitMicroUsd: z.number() }),
  z.strictObject({ kind: z.literal('raised'), limitMicroUsd: z.number() }),
]);

/** The record that the fleet shares for each tenant and day. */
export const budgetStateSchema = z.object({
  /** What the ledger has of all calls that ended before `correctedUntilMs`. */
  spentMicroUsd: z.number(),
  correctedUntilMs: z.number(),
  /**
   * What came on top: the spending that environments have told, and the leases of those that fell silent. Each with
   * the instant (ms since 1970) from which on the ledger has it, the earliest first.
   */
  ahead: z.array(z.tuple([z.number(), z.number()])),
  leases: z.record(z.string(), entrySchema),
  warning: warningSchema,
});

export type BudgetState = z.infer<typeof budgetStateSchema>;

export const emptyBudget: BudgetState = {
  spentMicroUsd: 0,
  correctedUntilMs: 0,
  ahead: [],
  leases: {},
  warning: { kind: 'none' },
};

/** What counts as spent, without what is leased. */
export const recordedMicroUsd = ({ spentMicroUsd, ahead }: BudgetState): number =>
  ahead.reduce((sum, [, microUsd]) => sum + microUsd, spentMicroUsd);

/** What of a limit has not been spent; what is only leased may come back. In micro-dollars. */
export const unspentMicroUsd = (state: BudgetState, limitMicroUsd: number): number =>
  limitMicroUsd - recordedMicroUsd(state);

/** What environments hold, or all but one of them. */
export const leasedMicroUsd = ({ leases }: BudgetState, except?: string): number =>
  Object.entries(leases).reduce((sum, [name, [leased]]) => (name === except ? sum : sum + leased), 0);

/** A call may outlast its lease by what an invocation takes, and clocks differ: a lease older than this is a dead one's. In ms. */
export const GRACE_MS = 180_000;

/** When the ledger has all calls that were charged to a lease, its own lag aside. */
const knownFromMs = ([, , leaseEndsAtMs]: z.infer<typeof entrySchema>): number => leaseEndsAtMs + GRACE_MS;

/** Leases that ended long ago count as spent, so that the record stays small. */
export const withoutDead = (state: BudgetState, nowMs: number, except: string): BudgetState => {
  const entries = Object.entries(state.leases);
  const dead = entries.filter(([name, entry]) => name !== except && knownFromMs(entry) <= nowMs);
  if (dead.length === 0) return state;
  const living: BudgetState = {
    ...state,
    leases: Object.fromEntries(entries.filter((entry) => !dead.includes(entry))),
  };
  return dead.reduce((record, [, entry]) => withAhead(record, knownFromMs(entry), entry[0]), living);
};

/** What the ledger has from the same minute on is kept as one. In ms. */
export const SLICE_MS = 60_000;

/** The minutes that a late correction leaves behind: a few more than usual. If none comes, the oldest are joined. */
const MOST_SLICES = 16;

/** Adds what the ledger has from `fromMs` on. */
export const withAhead = (state: BudgetState, fromMs: number, microUsd: number): BudgetState => {
  if (microUsd === 0 || fromMs <= state.correctedUntilMs) return state;
  const sliceMs = Math.ceil(fromMs / SLICE_MS) * SLICE_MS;
  const slices = new Map(state.ahead);
  slices.set(sliceMs, (slices.get(sliceMs) ?? 0) + microUsd);
  const ahead = [...slices].sort(([one], [other]) => one - other);
  const [first, second] = ahead;
  if (ahead.length <= MOST_SLICES || first === undefined || second === undefined) return { ...state, ahead };
  return { ...state, ahead: [[second[0], first[1] + second[1]], ...ahead.slice(2)] };
};

/** What the ledger has for a tenant and day: all calls that ended before `untilMs`. */
export type LedgerTotal = { spentMicroUsd: number; untilMs: number };

/** The ledger's total takes the place of all that it has by then, leases of the dead among it. */
export const withTotal = (state: BudgetState, { spentMicroUsd, untilMs }: LedgerTotal): BudgetState => ({
  ...state,
  spentMicroUsd,
  correctedUntilMs: untilMs,
  ahead: state.ahead.filter(([fromMs]) => fromMs > untilMs),
  leases: Object.fromEntries(
    Object.entries(state.leases).filter(([, entry]) => knownFromMs(entry) > untilMs),
  ),
});
