import { budgetOf, limitOfLane } from '../pipeline/money/budget.ts';
import { utcDay } from '../pipeline/utc.ts';
import type { Run } from './check-calls.ts';
import {
  type Call,
  type JobRecord,
  ofCall,
  type RunRecord,
  type Seen,
  type Violation,
} from './check-record.ts';

/** A user is written `tenant/creator`. */
export const tenantOf = ({ user }: { user: string }): string => user.slice(0, user.indexOf('/'));

/** A call with the lane that it was made in. */
type Paid = { call: Call; lane: JobRecord['lane'] };

/** Judges what tenants were made to pay for, and what their budgets say of it. */
export const checkBudgets = (run: Run): Violation[] => [...pastBudgets(run), ...undercounted(run)];

/**
 * Whoever is paid for past a tenant's budget was under way when it ran out: no call starts after calls that have ended
 * have cost as much as its lane may spend.
 */
const pastBudgets = (run: Run): Violation[] => {
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

/** What is told of calls is on its way for a moment: a write, and its repeats. In ms. */
const TOLD_WITHIN_MS = 30_000;

/** From a lease's beginning to the correction that has all of it at the latest, in ms. */
const KNOWN_WITHIN_MS = 900_000;

/**
 * What a budget has for spent and leased is never less than what calls have cost that ended, but for what nobody could
 * tell of: more than was leased for the calls of a worker that died, and for those that it hung up on.
 */
const undercounted = (run: Run): Violation[] => {
  const byTenant = Map.groupBy(paidCalls(run), ({ tenant }) => tenant);
  return run.record.budgets.flatMap((seen) => {
    const ended = (byTenant.get(seen.tenantId) ?? [])
      .map(({ call }) => call)
      .filter((call) => isOfDay(call, seen) && (call.ended?.position ?? Infinity) < seen.position);
    const known = ended.filter((call) => isToBeKnown(run.record, call, seen.atMs));
    const spentMicroUsd = known.reduce((sum, call) => sum + (call.ended?.costMicroUsd ?? 0), 0);
    const countedMicroUsd = seen.recordedMicroUsd + seen.leasedMicroUsd;
    if (countedMicroUsd >= spentMicroUsd) return [];
    const sentence = `The budget of ${seen.tenantId} counts ${countedMicroUsd} at ${seen.atMs} ms, and ${spentMicroUsd} were spent.`;
    return [{ kind: 'budget-undercounted', tenantId: seen.tenantId, sentence } as const];
  });
};

const isOfDay = ({ ended }: Call, { atMs }: Seen<'budget-recorded'>): boolean =>
  ended !== undefined && utcDay(ended.atMs) === utcDay(atMs);

const isToBeKnown = ({ kills }: RunRecord, call: Call, atMs: number): boolean => {
  const endedAtMs = call.ended?.atMs ?? atMs;
  const agoMs = atMs - endedAtMs;
  const isHungUp = call.ended?.outcome === 'hung-up';
  const isOrphan = kills
    .get(call.environment)
    ?.some((kill) => kill.position > call.position && kill.atMs <= endedAtMs + TOLD_WITHIN_MS);
  return agoMs > (isHungUp || isOrphan ? KNOWN_WITHIN_MS : TOLD_WITHIN_MS);
};
