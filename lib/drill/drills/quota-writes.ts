import { laneNames } from '../../pipeline/job/lane.ts';
import type { BudgetRules } from '../../pipeline/money/budget.ts';
import { atMost, type DrillContext, equal, type Finding } from '../drill.ts';
import { countFleetWrites } from '../rig/fleet-writes.ts';
import type { JobRow } from '../rig/job-row.ts';
import type { Rig } from '../rig/rig.ts';
import { steadyTraffic } from '../rig/steady-traffic.ts';

/** What the issue allows for each job. */
const MOST_PER_JOB = { quota: 0.1, user: 1, budget: 0.2 };

/** Every tenant has one, and is far from its end. */
const budgets: BudgetRules = { perDayMicroUsd: 1_000_000_000, criticalShare: 0.1, tenants: {} };

/** Of each lane: a quarter of the smallest quota, so that nobody has to wait for any. */
const PER_SECOND = 3;
/** Until blocks have grown to what environments use. */
const WARM_MS = 8_000;
const STEADY_MS = { ci: 20_000, long: 300_000 };

const allLanes = async (rig: Rig, signal: AbortSignal, forMs: number): Promise<JobRow[]> => {
  const rows = await Promise.all(
    laneNames.map((lane) => steadyTraffic(rig, signal, { lane, perSecond: PER_SECOND, forMs, message: {} })),
  );
  return rows.flat();
};

/** The price of protection when nothing is wrong, at quotas of 4,000 requests a minute and more. */
export const quotaWrites = async ({
  startRig,
  profile,
  signal,
}: DrillContext): Promise<readonly Finding[]> => {
  const rig = await startRig({ context: { budgets: JSON.stringify(budgets) } });
  await allLanes(rig, signal, WARM_MS);
  const writes = countFleetWrites(rig);
  const rows = await allLanes(rig, signal, STEADY_MS[profile]);
  const perJob = (family: keyof typeof MOST_PER_JOB) => writes(family) / rows.length;
  return [
    equal(
      'jobs answered by a model',
      rows.filter(({ answer }) => answer?.source === 'model').length,
      rows.length,
    ),
    atMost('writes for provider quotas', perJob('quota'), MOST_PER_JOB.quota, 'per job', 'promised'),
    atMost("writes for users' starts", perJob('user'), MOST_PER_JOB.user, 'per job', 'promised'),
    atMost('writes for the budget', perJob('budget'), MOST_PER_JOB.budget, 'per job', 'promised'),
    equal('writes for circuits', writes('circuit'), 0),
  ];
};
