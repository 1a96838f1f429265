import type { LedgerEntry } from '../../pipeline/money/ledger.ts';
import { equal, type Finding } from '../drill.ts';
import type { Billed, Books } from '../rig/books.ts';
import { isDeath } from './claims.ts';
import type { Sight } from './witness.ts';

// Compares the ledger with the bill by arithmetic of its own: the code that reconciles is what is under test.

type Counted = Omit<Billed, 'callId' | 'traceId'>;

const counts = [
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'reasoningTokens',
  'costMicroUsd',
] as const satisfies readonly (keyof Counted)[];

/** What the ledger has for each call, corrections included. */
const sumsByCall = (entries: readonly LedgerEntry[]): ReadonlyMap<string, Counted> => {
  const sums = new Map<string, Counted>();
  for (const entry of entries) {
    const sum = sums.get(entry.callId);
    const added = Object.fromEntries(counts.map((name) => [name, (sum?.[name] ?? 0) + entry[name]]));
    sums.set(entry.callId, { ...entry, ...added });
  }
  return sums;
};

/** What differs between the ledger and the bill. */
type Difference = {
  /** Billed calls that the ledger does not have. */
  missing: number;
  /** Calls with more than one first entry. */
  doubled: number;
  /** Billed calls that the ledger counts otherwise, in any kind of token or in cost. */
  unequal: number;
  /** Calls that cost something in the ledger and nothing on the bill. */
  unbilled: number;
};

const differenceOf = (entries: readonly LedgerEntry[], bill: readonly Billed[]): Difference => {
  const sums = sumsByCall(entries);
  const billed = new Set(bill.map(({ callId }) => callId));
  const firsts = entries.filter(({ kind }) => kind === 'call').map(({ callId }) => callId);
  const known = bill.flatMap((call) => {
    const sum = sums.get(call.callId);
    return sum === undefined ? [] : [counts.every((name) => sum[name] === call[name])];
  });
  return {
    missing: bill.length - known.length,
    doubled: firsts.length - new Set(firsts).size,
    unequal: known.filter((isEqual) => !isEqual).length,
    unbilled: [...sums].filter(([callId, { costMicroUsd }]) => costMicroUsd !== 0 && !billed.has(callId))
      .length,
  };
};

/** How much all guesses together were off, call by call, and of what. */
const guessesIn = (entries: readonly LedgerEntry[], bill: readonly Billed[]) => {
  const billed = new Map(bill.map((call) => [call.callId, call.costMicroUsd]));
  const guesses = entries.filter(({ basis }) => basis === 'estimated');
  const offBy = guesses.map(({ callId, costMicroUsd }) => costMicroUsd - (billed.get(callId) ?? 0));
  return {
    calls: guesses.filter(({ kind }) => kind === 'call').length,
    abandoned: guesses.filter(({ kind }) => kind === 'abandoned').length,
    tooMuch: offBy.filter((off) => off > 0).reduce((sum, off) => sum + off, 0),
    tooLittle: -offBy.filter((off) => off < 0).reduce((sum, off) => sum + off, 0),
  };
};

const usd = (microUsd: number): string => `$${(microUsd / 1_000_000).toFixed(6)}`;

/** The traces of jobs that a worker had when it was killed: only their calls may be missing before reconciliation. */
export const tracesOfTheDead = (sights: readonly Sight[]): ReadonlySet<string> => {
  const died = new Set(sights.flatMap((sight) => (isDeath(sight) ? [sight.invocation] : [])));
  const jobs = new Set(
    sights.flatMap((sight) =>
      sight.kind === 'delivered' && died.has(sight.invocation)
        ? sight.messages.map(({ jobId }) => jobId)
        : [],
    ),
  );
  const claims = sights.flatMap((sight) =>
    sight.kind === 'written' && sight.write.status === 'running' ? [sight.write] : [],
  );
  return new Set(claims.filter(({ jobId }) => jobs.has(jobId)).map(({ traceId }) => traceId));
};

/** Reconciles, totals, and says how the ledger stands against the bill before and after. */
export const balancedBooks = async (
  books: Books,
  dead: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Finding[]> => {
  await books.repaired(signal);
  const before = await books.entries();
  const { calls, costMicroUsd } = await books.bill();
  const open = differenceOf(before, calls);
  const guesses = guessesIn(before, calls);
  const wrong = measuredWrong(before, calls);
  const known = new Set(before.map(({ callId }) => callId));
  const unheard = calls.filter(({ callId }) => !known.has(callId));
  await books.reconcile();
  const after = await books.entries();
  await books.reconcile();
  const again = await books.entries();
  const none: Difference = { missing: 0, doubled: 0, unequal: 0, unbilled: 0 };
  const told = `${calls.length} calls billed ${usd(costMicroUsd)}; before reconciliation ${guesses.calls} calls and ${guesses.abandoned} dead runs were estimated, together ${usd(guesses.tooMuch)} too high and ${usd(guesses.tooLittle)} too low, and ${open.missing} calls had died with their workers`;
  return [
    {
      expected: 'the ledger equals the bill, row for row by call id and to the micro-dollar',
      found: `${JSON.stringify(differenceOf(after, calls))}: ${told}`,
      holds: JSON.stringify(differenceOf(after, calls)) === JSON.stringify(none),
    },
    equal(
      'calls that the ledger lacked though no worker of their jobs was killed',
      unheard.filter(({ traceId }) => !dead.has(traceId)).length,
      0,
    ),
    equal('entries that said to be measured and were not what was billed', wrong, 0),
    equal('entries that a second reconciliation adds', again.length - after.length, 0),
    equal('totals of all tenants, in micro-dollars', await books.total(), costMicroUsd),
  ];
};

const measuredWrong = (entries: readonly LedgerEntry[], bill: readonly Billed[]): number => {
  const billed = new Map(bill.map((call) => [call.callId, call.costMicroUsd]));
  return entries.filter(
    ({ basis, callId, costMicroUsd }) => basis === 'measured' && costMicroUsd !== (billed.get(callId) ?? 0),
  ).length;
};
