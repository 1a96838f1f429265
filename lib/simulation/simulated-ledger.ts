import { budgetOf } from '../pipeline/money/budget.ts';
import { budgetStateSchema, leasedMicroUsd, recordedMicroUsd } from '../pipeline/money/budget-record.ts';
import { budgetKeyOf } from '../pipeline/money/budgets.ts';
import { correctBudget, knownUntilMs } from '../pipeline/money/correct-budget.ts';
import { FOLD_EVERY_MINUTES } from '../pipeline/money/totals.ts';
import { HOUR_MS, utcDay } from '../pipeline/utc.ts';
import { tenantOf } from './check-budgets.ts';
import type { History } from './history.ts';
import type { World } from './simulated-environment.ts';

/** What each tenant's calls have cost that ended before an instant, as providers bill them. In micro-dollars. */
export const spentBefore = (history: History, untilMs: number): ReadonlyMap<string, number> => {
  const tenantOfJob = new Map<string, string>();
  const tenantOfCall = new Map<string, string>();
  const spent = new Map<string, number>();
  for (const event of history) {
    if (event.kind === 'sent') tenantOfJob.set(event.jobId, tenantOf(event));
    if (event.kind === 'call-started') tenantOfCall.set(event.callId, tenantOfJob.get(event.jobId) ?? '');
    if (event.kind !== 'call-ended' || event.atMs >= untilMs) continue;
    const tenantId = tenantOfCall.get(event.callId) ?? '';
    spent.set(tenantId, (spent.get(tenantId) ?? 0) + (event.costMicroUsd ?? 0));
  }
  return spent;
};

/** Folds a ledger that has every call, as late and as often as a stage does, and corrects the budgets by it. */
export const keepLedger = async (world: World): Promise<void> => {
  for (;;) {
    await world.scheduler.sleep(FOLD_EVERY_MINUTES * 60_000);
    const nowMs = world.scheduler.clock.now();
    // a ledger that says it has more than it does
    const aheadMs = world.options.plantedBug === 'hasty-corrections' ? HOUR_MS : 0;
    const spent = spentBefore(world.history, knownUntilMs(nowMs));
    for (const [tenantId, spentMicroUsd] of spent) {
      if (budgetOf(world.options.budgets, tenantId) === undefined) continue;
      await correct(world, tenantId, { spentMicroUsd, untilMs: knownUntilMs(nowMs) + aheadMs });
    }
  }
};

type Total = Parameters<typeof correctBudget>[2];

const correct = async ({ fleet, scheduler, record }: World, tenantId: string, total: Total) => {
  const atMs = scheduler.clock.now();
  const key = budgetKeyOf(tenantId, utcDay(atMs));
  await correctBudget(fleet, key, total);
  const found = (await fleet.list(key.family)).find(({ name }) => name === key.name);
  const { data: state } = budgetStateSchema.safeParse(found?.value);
  if (state === undefined) return;
  const told = { recordedMicroUsd: recordedMicroUsd(state), leasedMicroUsd: leasedMicroUsd(state) };
  record({ kind: 'budget-recorded', atMs, tenantId, ...told });
};
