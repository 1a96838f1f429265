import type { ReceivedJob } from '../../pipeline/job/job.ts';
import type { Catalogue } from '../../pipeline/model/catalogue.ts';
import { type BudgetRules, budgetOf, limitOfLane } from '../../pipeline/money/budget.ts';
import { budgetStateSchema, emptyBudget, unspentMicroUsd } from '../../pipeline/money/budget-record.ts';
import { budgetKeyOf } from '../../pipeline/money/budgets.ts';
import { cheapestCallMicroUsd } from '../../pipeline/money/cheapest-call.ts';
import type { Clock, FleetStore } from '../../pipeline/ports.ts';
import { DAY_MS, utcDay } from '../../pipeline/utc.ts';
import { tenantHash } from '../tenant-hash.ts';

export type Affordable = { kind: 'affordable' } | { kind: 'spent'; untilMs: number };

/** Whether a tenant has money left today for a job, as far as is known here: workers look again before they pay. */
export type Purse = { look(job: Pick<ReceivedJob, 'lane' | 'message'>): Promise<Affordable> };

type Ports = {
  store: Pick<FleetStore, 'list'>;
  clock: Pick<Clock, 'now'>;
  rules: BudgetRules;
  catalogue: Catalogue;
};

/** A read for every submit would be a third AWS call: what was seen holds for so long. In ms. */
const FRESH_MS = 10_000;

/** Tenants that are remembered; beyond that all are forgotten, which costs them a read each. */
const MOST_TENANTS = 1_000;

type Seen = { untilMs: number; state: typeof emptyBudget };

/** A tenant without a budget costs no read. While the store fails, everything is affordable. */
export const createPurse = ({ store, clock, rules, catalogue }: Ports): Purse => {
  const seen = new Map<string, Seen>();
  return {
    look: async ({ lane, message }) => {
      const budgetMicroUsd = budgetOf(rules, message.tenantId);
      if (budgetMicroUsd === undefined) return { kind: 'affordable' };
      const nowMs = clock.now();
      const name = `${utcDay(nowMs)} ${message.tenantId}`;
      const known = seen.get(name);
      const fresh = known && known.untilMs > nowMs ? known : await read(store, message.tenantId, nowMs);
      if (seen.size >= MOST_TENANTS) seen.clear();
      seen.set(name, fresh);
      const leftMicroUsd = unspentMicroUsd(
        fresh.state,
        limitOfLane(budgetMicroUsd, rules.criticalShare, lane),
      );
      return leftMicroUsd < cheapestCallMicroUsd(catalogue, message, nowMs)
        ? { kind: 'spent', untilMs: (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS }
        : { kind: 'affordable' };
    },
  };
};

const read = async (store: Ports['store'], tenantId: string, nowMs: number): Promise<Seen> => {
  const { family, name } = budgetKeyOf(tenantHash(tenantId), utcDay(nowMs));
  const records = await store.list(family).catch(() => []);
  const found = budgetStateSchema.safeParse(records.find((record) => record.name === name)?.value);
  return { untilMs: nowMs + FRESH_MS, state: found.data ?? emptyBudget };
};
