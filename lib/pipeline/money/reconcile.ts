import { MAX_PATIENCE_MS } from '../job/job-message.ts';
import type { Catalogue } from '../model/catalogue.ts';
import {
  type ModelName,
  modelNames,
  type ProviderName,
  type ServiceTier,
  type Usage,
} from '../model/model.ts';
import { HOUR_MS } from '../utc.ts';
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

/** What rounding, late usage and broken calls may come to in a day, in micro-dollars. */
export const DRIFT_MICRO_USD = 1_000_000;

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
  /** Calls that only the account had, as those that a dead worker took with it. */
  added: number;
  /** Those of them that belong to a job of ours and whose entry was lost: no worker died with it. */
  missing: number;
  /** Calls whose entry may still be on its way. They are left to a later run. */
  pending: number;
  /** Entries that said to be measured and were not what the account says. */
  wrong: number;
  /** What nobody had marked as a guess and was wrong all the same, in absolute micro-dollars. */
  driftMicroUsd: number;
};

type Books = { ledger: readonly LedgerEntry[]; bill: readonly BilledCall[] };

/** What a call that the ledger does not have is judged by. */
type Rates = { catalogue: Catalogue; nowMs: number };

/**
 * How long after its call an entry may still come: a job whose worker died waits for its next claim until its deadline,
 * which enters what was left, and repairs take minutes. In ms.
 */
export const ENTERED_AFTER_MS = MAX_PATIENCE_MS + HOUR_MS;

/**
 * Holds the ledger against an account that has every call. Both must reach an hour beyond the window, since clocks
 * differ; each call is judged once, by the time of its entry, or of its bill where it has none. To repeat it changes
 * nothing: a correction is always the difference to the first entry, under the same key.
 */
export const reconcileCalls = ({ ledger, bill }: Books, window: Window, rates: Rates): Reconciled => {
  if (bill.length === 0) return unbelieved(ledger.filter(({ atMs }) => isWithin(window, atMs)));
  const billed = new Map(bill.map((call) => [call.callId, call]));
  const known = new Map(ledger.map((entry) => [nameOf(entry), entry]));
  const byTrace = Map.groupBy(ledger, ({ traceId }) => traceId);
  const settlements = ledger
    .filter((entry) => isFirst(entry) && isWithin(window, entry.atMs))
    .map((entry) => settle(entry, known, entry.kind === 'call' ? billed.get(entry.callId) : undefined));
  const unknown = bill
    .filter((call) => !known.has(call.callId) && isWithin(window, call.endedAtMs))
    .map((call) => judge(call, byTrace.get(call.traceId) ?? [], rates));
  return summaryOf(settlements, unknown);
};

/** An account without any call is one that was not read: by it every call of the ledger would be free. */
const unbelieved = (entries: readonly LedgerEntry[]): Reconciled => ({
  entries: [],
  calls: 0,
  settledEstimates: 0,
  estimatesOffMicroUsd: 0,
  added: 0,
  missing: 0,
  pending: 0,
  wrong: 0,
  driftMicroUsd: entries.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0),
});

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

/**
 * A call that the ledger does not have: of nobody here; of a run whose worker died, which a guess stands for; of a job of
 * ours that nobody guessed anything of, and whose entry is lost, or on its way.
 */
type Unknown = { kind: 'stranger' | 'orphan' | 'missing' | 'pending'; entry: LedgerEntry };

const judge = (call: BilledCall, sameTrace: readonly LedgerEntry[], { catalogue, nowMs }: Rates): Unknown => {
  const [owner] = sameTrace;
  const entry = entryOf(call, owner, catalogue);
  if (owner === undefined) return { kind: 'stranger', entry };
  if (sameTrace.some(({ kind }) => kind === 'abandoned')) return { kind: 'orphan', entry };
  return { kind: nowMs - call.endedAtMs < ENTERED_AFTER_MS ? 'pending' : 'missing', entry };
};

const summaryOf = (settlements: readonly Settlement[], unknown: readonly Unknown[]): Reconciled => {
  const open = settlements.filter(({ correction }) => correction !== undefined);
  const guesses = open.filter(({ first }) => first.basis === 'estimated');
  const wrong = open.filter(({ first }) => first.basis !== 'estimated');
  const added = unknown.filter(({ kind }) => kind !== 'pending');
  const unexplained = added.filter(({ kind }) => kind !== 'orphan');
  return {
    entries: [...open.flatMap(({ correction }) => correction ?? []), ...added.map(({ entry }) => entry)],
    calls: settlements.filter(({ first }) => first.kind === 'call').length + added.length,
    settledEstimates: guesses.length,
    estimatesOffMicroUsd: offBy(guesses),
    added: added.length,
    missing: unknown.filter(({ kind }) => kind === 'missing').length,
    pending: unknown.length - added.length,
    wrong: wrong.length,
    driftMicroUsd: offBy(wrong) + unexplained.reduce((sum, { entry }) => sum + entry.costMicroUsd, 0),
  };
};

const offBy = (settlements: readonly Settlement[]): number =>
  settlements.reduce((sum, { open }) => sum + Math.abs(open.costMicroUsd), 0);
