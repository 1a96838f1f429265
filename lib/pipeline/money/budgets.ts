import { backoffMs } from '../backoff.ts';
import { elapse } from '../elapse.ts';
import type { LaneName } from '../job/lane.ts';
import type { Chance, Clock, FleetRecord, FleetStore } from '../ports.ts';
import { DAY_MS, utcDay } from '../utc.ts';
import {
  type BudgetRules,
  budgetOf,
  decideLease,
  type LeaseDecision,
  type LeaseRequest,
  limitOfLane,
} from './budget.ts';
import { type Account, nextBlock, openAccount, remember } from './budget-account.ts';
import { type BudgetState, budgetStateSchema, emptyBudget } from './budget-record.ts';

/**
 * `settle` says what the call cost in the end, or is guessed to have cost. `cancel` gives back what no call was made
 * with. Both resolve when the fleet knows what it must know at once, and never reject.
 */
export type Spending =
  | { kind: 'granted'; settle(costMicroUsd: number): Promise<void>; cancel(): Promise<void> }
  | { kind: 'exhausted' }
  /** Too many environments wrote at the same moment: nobody knows whether there is money. */
  | { kind: 'contended' };

/**
 * What tenants may still spend today, as one worker environment sees it. It leases money in blocks by one read and one
 * conditional write, and charges calls to them without the store. Calls are charged to the day on which they begin.
 */
export type Budgets = {
  reserve(asked: { tenantId: string; microUsd: number }): Promise<Spending>;
};

/** A tenant has spent most of what a lane may spend today: told once, by the environment whose write crosses the mark. */
export type BudgetWarning = { tenantId: string; day: string; lane: LaneName; limitMicroUsd: number };

export type RebuiltBudget = { tenantId: string; day: string };

export type BudgetKey = { family: `budget#${string}`; name: string };

/** Where a tenant's record of a day is. The hash (the edge has it) spreads tenants, and keeps their ids out of the key. */
export const budgetKeyOf = (tenantHash: string, day: string): BudgetKey => ({
  family: `budget#${tenantHash}`,
  name: day,
});

type Ports = {
  store: FleetStore;
  clock: Clock;
  chance: Chance;
  hashOf(tenantId: string): string;
  /** What the ledger's totals have of a tenant's day, in micro-dollars. May reject. */
  totalOf(tenantId: string, day: string): Promise<number>;
  onWarning(warning: BudgetWarning): Promise<void>;
  /** A record could not be read, and has begun anew with the ledger's total. */
  onRebuilt(rebuilt: RebuiltBudget): Promise<void>;
};

type Context = Ports & { environment(): string; lane: LaneName; rules: BudgetRules };

/** Yesterday's records are still there when the ledger has all of yesterday's calls. */
export const KEEP_FOR_MS = 3 * DAY_MS;

/** Each lost one means that another environment won: enough for all 26 at the same moment. */
const MAX_TRIES = 16;

/** Pauses between them, in ms: losers that come back together only lose again. */
const PAUSE = { baseMs: 30, ceilingMs: 500 };

/** Money that comes back from calls under way is found this late at most. In ms. */
const REFUSED_MS = 1_000;
const STORE_REST_MS = 1_000;

/** A tenant without a budget costs nothing to ask for. While the store fails calls are made, and told when it is back. */
export const createBudgets = ({
  lane,
  rules,
  ...ports
}: Ports & { lane: LaneName; rules: BudgetRules }): Budgets => {
  let environment: string | undefined;
  const context: Context = {
    ...ports,
    lane,
    rules,
    environment: () => {
      environment ??= ports.chance.newId().slice(-8);
      return environment;
    },
  };
  const accounts = new Map<string, Account>();
  return {
    reserve: async ({ tenantId, microUsd }) => {
      const budgetMicroUsd = budgetOf(rules, tenantId);
      if (budgetMicroUsd === undefined) return unmetered;
      const day = utcDay(context.clock.now());
      const known = accounts.get(tenantId);
      if (known?.day === day) return inTurn(known, () => reserve(context, known, microUsd));
      const opened = openAccount(tenantId, day, budgetMicroUsd);
      accounts.set(tenantId, opened);
      if (known !== undefined) await tell(context, known);
      return inTurn(opened, () => reserve(context, opened, microUsd));
    },
  };
};

const unmetered: Spending = { kind: 'granted', settle: async () => {}, cancel: async () => {} };

/** One after the other: jobs that come while a block is on its way share it. `act` never rejects. */
const inTurn = <Result>(account: Account, act: () => Promise<Result>): Promise<Result> => {
  const acted = account.turn.then(act);
  account.turn = acted;
  return acted;
};

const reserve = async (context: Context, account: Account, microUsd: number): Promise<Spending> => {
  const nowMs = context.clock.now();
  const { refused } = account;
  if (nowMs < account.leaseEndsAtMs && account.freeMicroUsd >= microUsd)
    return charge(context, account, microUsd);
  if (nowMs < account.unaskedUntilMs) return charge(context, account, microUsd);
  if (refused !== undefined && nowMs < refused.untilMs && microUsd >= refused.microUsd)
    return { kind: 'exhausted' };
  account.calls = nextBlock(account, nowMs);
  const decided = await write(context, account, microUsd);
  switch (decided) {
    case 'failed':
    case 'leased':
      return charge(context, account, microUsd);
    case 'exhausted':
      account.refused = { untilMs: context.clock.now() + REFUSED_MS, microUsd };
      return { kind: 'exhausted' };
    case 'contended':
      return { kind: 'contended' };
  }
};

const charge = (context: Context, account: Account, microUsd: number): Spending => {
  account.freeMicroUsd -= microUsd;
  account.inFlightMicroUsd += microUsd;
  account.charged += 1;
  let isOver = false;
  const end = async (costMicroUsd: number): Promise<void> => {
    if (isOver) return;
    isOver = true;
    account.inFlightMicroUsd -= microUsd;
    account.freeMicroUsd += microUsd - costMicroUsd;
    account.spentMicroUsd += costMicroUsd;
    account.settledAtMs = context.clock.now();
    if (mustTell(context, account)) await tell(context, account);
  };
  return { kind: 'granted', settle: (cost) => end(cost ?? microUsd), cancel: () => end(0) };
};

/** Near the end each cent counts at once; of an environment that may never call again, too. */
const mustTell = ({ clock }: Context, account: Account): boolean => {
  const nowMs = clock.now();
  return (
    account.isSingle ||
    account.freeMicroUsd < 0 ||
    nowMs >= account.leaseEndsAtMs ||
    utcDay(nowMs) !== account.day
  );
};

const tell = (context: Context, account: Account): Promise<void> =>
  inTurn(account, async () => {
    if (context.clock.now() >= account.unaskedUntilMs) await write(context, account, 0);
  });

type Written = LeaseDecision['kind'] | 'contended' | 'failed';

/** Tells what was spent, and leases a block for calls of this estimate; 0 gives the lease back. */
const write = async (context: Context, account: Account, estimateMicroUsd: number): Promise<Written> => {
  try {
    const written = await replaceRecord(context, account, { estimateMicroUsd, hasWarned: false });
    if (account.mustWarn) await warn(context, account);
    return written;
  } catch {
    account.unaskedUntilMs = context.clock.now() + STORE_REST_MS;
    return 'failed';
  }
};

type Wish = Pick<LeaseRequest, 'estimateMicroUsd' | 'hasWarned'>;

const replaceRecord = async (context: Context, account: Account, wish: Wish): Promise<Written> => {
  const { store, clock, chance } = context;
  const key = budgetKeyOf(context.hashOf(account.tenantId), account.day);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    // read anew each time: what was read before the pause is stale after it, and a lost write costs more than a read
    const record = (await store.list(key.family)).find(({ name }) => name === key.name);
    const known = await knownBudget(context, account, record);
    const request = requestOf(context, account, wish);
    const decided = decideLease(known.state, request);
    if (!decided.isNews && known.kind !== 'unreadable') return decided.kind;
    const written = await store.replace(key, record?.version ?? 0, decided.state, KEEP_FOR_MS);
    if (written.kind === 'replaced') {
      remember(account, request, decided);
      if (known.kind === 'unreadable') await tellOfRebuilt(context, account);
      return decided.kind;
    }
    await elapse(clock, backoffMs(tries, PAUSE, chance.random));
  }
  return 'contended';
};

/** The record is well again, so nothing waits for this; whoever raises the alert says so when it could not. */
const tellOfRebuilt = ({ onRebuilt }: Context, { tenantId, day }: Account): Promise<void> =>
  onRebuilt({ tenantId, day }).catch(() => undefined);

type Known = { kind: 'read' | 'absent' | 'unreadable'; state: BudgetState };

/** Without a record that can be read, a day has cost what the ledger's totals say. Most begin with nothing. */
const knownBudget = async (
  { totalOf }: Context,
  { tenantId, day }: Account,
  record: FleetRecord | undefined,
): Promise<Known> => {
  const read = budgetStateSchema.safeParse(record?.value);
  if (read.success) return { kind: 'read', state: read.data };
  const state = { ...emptyBudget, spentMicroUsd: await totalOf(tenantId, day) };
  return { kind: record === undefined ? 'absent' : 'unreadable', state };
};

const requestOf = (
  { environment, clock, lane, rules }: Context,
  account: Account,
  wish: Wish,
): LeaseRequest => ({
  ...wish,
  environment: environment(),
  nowMs: clock.now(),
  limitMicroUsd: limitOfLane(account.budgetMicroUsd, rules.criticalShare, lane),
  calls: account.calls,
  inFlightMicroUsd: account.inFlightMicroUsd + (wish.hasWarned ? Math.max(0, account.freeMicroUsd) : 0),
  spentMicroUsd: account.spentMicroUsd,
  toldMicroUsd: account.toldMicroUsd,
  settledAtMs: account.settledAtMs,
});

/**
 * Confirmed by a write of its own. One that could not be raised or confirmed is raised again by whoever writes a minute
 * later, as is that of an environment that died here.
 */
const warn = async (context: Context, account: Account): Promise<void> => {
  const { lane, rules } = context;
  const { tenantId, day, budgetMicroUsd } = account;
  const limitMicroUsd = limitOfLane(budgetMicroUsd, rules.criticalShare, lane);
  account.mustWarn = false;
  try {
    await context.onWarning({ tenantId, day, lane, limitMicroUsd });
    await replaceRecord(context, account, { estimateMicroUsd: 0, hasWarned: true });
  } catch {
    // whoever writes a minute later raises it
  }
};
