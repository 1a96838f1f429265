import { budgetOf, limitOfLane } from '../pipeline/money/budget.ts';
import { utcDay } from '../pipeline/utc.ts';
import type { Run } from './check-calls.ts';
import { type Call, type JobRecord, ofCall, type Violation } from './check-record.ts';

/** A user is written `tenant/creator`. */
export const tenantOf = ({ user }: JobRecord): string => user.slice(0, user.indexOf('/'));

/** A call with the lane that it was made in. */
type Paid = { call: Call; lane: JobRecord['lane'] };

/**
 * Whoever is paid for past a tenant's budget was under way when it ran out: no call starts after calls that have ended
 * have cost as much as its lane may spend.
 */
export const checkBudgets = (run: Run): Violation[] => {
  const byTenantAndDay = Map.groupBy(paidCalls(run), ({ call, tenant }) => `${tenant} ${utcDay(call.atMs)}`);
  return [...byTenantAndDay.values()].flatMap((calls) => {
    const budget = budgetOf(run.rules.budgets, calls[0]?.tenant ?? '');
    return budget === undefined ? [] : pastBudget(calls, budget, run.rules.budgets.criticalShare);
  });
};

const paidCalls = ({ record }: Run): (Paid & { tenant: string })[] =>
  [...record.jobs.values()].flatMap((job) =>
    job.calls.map((call) => ({ call, lane: job.lane, tenant: tenantOf(job) })),
  );

const pastBudget = (calls: readonly Paid[], budgetMicroUsd: number, criticalShare: number): Violation[] => {
  const starts = calls.map(
    ({ call, lane }) => ({ position: call.position, kind: 'start', call, lane }) as const,
  );
  const ends = calls.flatMap(({ call: { ended } }) =>
    ended?.costMicroUsd === undefined
      ? []
      : [{ position: ended.position, kind: 'end', costMicroUsd: ended.costMicroUsd } as const],
  );
  let spentMicroUsd = 0;
  const violations: Violation[] = [];
  for (const event of [...starts, ...ends].sort((a, b) => a.position - b.position)) {
    if (event.kind === 'end') spentMicroUsd += event.costMicroUsd;
    else if (spentMicroUsd >= limitOfLane(budgetMicroUsd, criticalShare, event.lane))
      violations.push(
        ofCall(
          'paid-past-budget',
          event.call,
          ` started when its tenant had spent ${spentMicroUsd} of ${budgetMicroUsd}`,
        ),
      );
  }
  return violations;
};
