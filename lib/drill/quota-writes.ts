import { laneNames } from '../pipeline/lane.ts';
import { atMost, type DrillContext, equal, type Finding } from './drill.ts';
import { countFleetWrites } from './fleet-writes.ts';
import type { Rig } from './rig.ts';

/** What the issue allows for each job. */
const MOST_PER_JOB = { quota: 0.1, user: 1 };

const JOBS_PER_LANE = { ci: 150, long: 1_000 };
const WARM_JOBS_PER_LANE = 25;

const runJobs = async (rig: Rig, perLane: number): Promise<number> => {
  const sent = await Promise.all(
    laneNames.map((lane) =>
      rig.send(
        lane,
        Array.from({ length: perLane }, () => ({})),
      ),
    ),
  );
  const rows = await Promise.all(sent.flat().map((jobId) => rig.ended(jobId)));
  return rows.filter(({ answer }) => answer?.source === 'model').length;
};

/** The price of protection when nothing is wrong, at quotas of 4,000 requests a minute and more. */
export const quotaWrites = async ({ startRig, profile }: DrillContext): Promise<readonly Finding[]> => {
  const rig = await startRig();
  const writes = countFleetWrites(rig);
  await runJobs(rig, WARM_JOBS_PER_LANE);
  const before = { quota: writes('quota'), user: writes('user'), circuit: writes('circuit') };
  const jobs = JOBS_PER_LANE[profile] * laneNames.length;
  const answered = await runJobs(rig, JOBS_PER_LANE[profile]);
  const perJob = (family: keyof typeof before) => (writes(family) - before[family]) / jobs;
  return [
    equal('jobs answered by a model', answered, jobs),
    atMost('writes for provider quotas', perJob('quota'), MOST_PER_JOB.quota, 'per job'),
    atMost("writes for users' starts", perJob('user'), MOST_PER_JOB.user, 'per job'),
    equal('writes for circuits', writes('circuit') - before.circuit, 0),
  ];
};
