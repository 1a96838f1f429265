import type { Catalogue } from '../model/catalogue.ts';
import {
  type ModelName,
  modelNames,
  type ProviderName,
  type ServiceTier,
  type Usage,
} from '../model/model.ts';
import {
  addSums,
  keyOf,
  type LedgerEntry,
  NO_TENANT,
  noSums,
  type Sums,
  tokensOf,
  UNKNOWN,
} from './ledger.ts';

/** A call as its provider bills it. */
export type BilledCall = Usage & {
  callId: string;
  traceId: string;
  provider: ProviderName;
  modelId: string;
  tier: ServiceTier | 'unknown';
  endedAtMs: number;
  costMicroUsd: number;
};

/** Instants in ms since 1970; `untilMs` is no longer part of it. */
export type Window = { fromMs: number; untilMs: number };

export type Reconciled = {
  /** What to write: corrections, and calls that the ledger did not have. */
  entries: readonly LedgerEntry[];
  /** Calls of the window that the ledger and the account agree on in the end. */
  calls: number;
  /** Estimates that the account has put right, and by how much all of them together were off. */
  settledEstimates: number;
  estimatesOffMicroUsd: number;
  /** Calls that a dead worker took with it: only the account had them. */
  added: number;
  /** Entries that said to be measured and were not what the account says. */
  wrong: number;
  /** What nobody had marked as a guess and was wrong all the same, in absolute micro-dollars. */
  driftMicroUsd: number;
};

type Books = { ledger: readonly LedgerEntry[]; bill: readonly BilledCall[] };

/**
 * Holds the ledger against an account that has every call. Both must reach an hour beyond the window, since clocks
 * differ; each call is judged once, by the time of its entry, or of its bill where it has none. To repeat it changes
 * nothing: a correction is always the difference to the first entry, under the same key.
 */
export const reconcileCalls = ({ ledger, bill }: Books, window: Window, catalogue: Catalogue): Reconciled => {
  const billed = new Map(bill.map((call) => [call.callId, call]));
  const known = new Map(ledger.map((entry) => [nameOf(entry), entry]));
  const owners = new Map(ledger.map((entry) => [entry.traceId, entry]));
  const settlements = ledger
    .filter((entry) => isFirst(entry) && isWithin(window, entry.atMs))
    .map((entry) => settle(entry, known, entry.kind === 'call' ? billed.get(entry.callId) : undefined));
  const added = bill
    .filter((call) => !known.has(call.callId) && isWithin(window, call.endedAtMs))
    .map((call) => addition(call, owners.get(call.traceId), catalogue));
  return summaryOf(settlements, added);
};

const nameOf = (entry: LedgerEntry): string => keyOf(entry).entry;

const isFirst = ({ kind }: LedgerEntry): boolean => kind === 'call' || kind === 'abandoned';

const isWithin = ({ fromMs, untilMs }: Window, atMs: number): boolean => fromMs <= atMs && atMs < untilMs;

type Settlement = {
  first: LedgerEntry;
  /** What the account says more than the ledger said with all its corrections so far. */
  open: Sums;
  /** Nothing is left to write. */
  correction: LedgerEntry | undefined;
};

/** A call that is not on the account was made and cost nothing; the calls of an abandoned run have entries of their own. */
const settle = (
  first: LedgerEntry,
  known: ReadonlyMap<string, LedgerEntry>,
  call: BilledCall | undefined,
): Settlement => {
  const truth: Sums =
    first.kind === 'abandoned'
      ? noSums
      : { ...noSums, calls: 1, ...tokensOf(call), costMicroUsd: call?.costMicroUsd ?? 0 };
  const correction: LedgerEntry = {
    ...placeOf(first),
    kind: first.kind === 'abandoned' ? 'abandoned-settled' : 'call-settled',
    ...addSums(truth, first, -1),
    basis: 'provider',
  };
  const before = known.get(nameOf(correction)) ?? { ...correction, ...noSums };
  const open = addSums(correction, before, -1);
  return { first, open, correction: isNothing(open) ? undefined : correction };
};

const placeOf = ({ callId, atMs, tenantId, lane, model, provider, modelId, tier, traceId }: LedgerEntry) => ({
  callId,
  atMs,
  tenantId,
  lane,
  model,
  provider,
  modelId,
  tier,
  traceId,
});

const isNothing = (sums: Sums): boolean => Object.values(addSums(noSums, sums)).every((value) => value === 0);

/** A call that only its provider knows is the tenant's whose job has the same trace. */
const entryOf = (call: BilledCall, owner: LedgerEntry | undefined, catalogue: Catalogue): LedgerEntry => ({
  callId: call.callId,
  kind: 'call',
  atMs: call.endedAtMs,
  tenantId: owner?.tenantId ?? NO_TENANT,
  lane: owner?.lane ?? UNKNOWN,
  model: modelOf(call, catalogue) ?? UNKNOWN,
  provider: call.provider,
  modelId: call.modelId,
  tier: call.tier,
  traceId: call.traceId,
  calls: 1,
  estimatedCalls: 0,
  ...tokensOf(call),
  costMicroUsd: call.costMicroUsd,
  basis: 'provider',
});

const modelOf = ({ provider, modelId }: BilledCall, catalogue: Catalogue): ModelName | undefined =>
  modelNames.find((name) =>
    catalogue[name].offers.some((offer) => offer.provider === provider && offer.modelId === modelId),
  );

/** `isExplained`: another entry has its trace, as that of a run whose worker died. */
type Added = { entry: LedgerEntry; isExplained: boolean };

const addition = (call: BilledCall, owner: LedgerEntry | undefined, catalogue: Catalogue): Added => ({
  entry: entryOf(call, owner, catalogue),
  isExplained: owner !== undefined,
});

const summaryOf = (settlements: readonly Settlement[], added: readonly Added[]): Reconciled => {
  const open = settlements.filter(({ correction }) => correction !== undefined);
  const guesses = open.filter(({ first }) => first.basis === 'estimated');
  const wrong = open.filter(({ first }) => first.basis !== 'estimated');
  const strangers = added.filter(({ isExplained }) => !isExplained);
  return {
    entries: [...open.flatMap(({ correction }) => correction ?? []), ...added.map(({ entry }) => entry)],
    calls: settlements.filter(({ first }) => first.kind === 'call').length + added.length,
    settledEstimates: guesses.length,
    estimatesOffMicroUsd: offBy(guesses),
    added: added.length,
    wrong: wrong.length,
    driftMicroUsd: offBy(wrong) + strangers.reduce((sum, { entry }) => sum + entry.costMicroUsd, 0),
  };
};

const offBy = (settlements: readonly Settlement[]): number =>
  settlements.reduce((sum, { open }) => sum + Math.abs(open.costMicroUsd), 0);
