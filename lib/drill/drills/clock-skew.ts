import { type DrillContext, equal, type Finding } from '../drill.ts';
import { nothingLostOrDoubled, sendToAllLanes, sizeOf, startWatchedRun } from '../history/watched-run.ts';

const SKEW_MS = 3_000;

const skews = [
  { id: 'ahead', match: { probability: 0.5 }, fault: { kind: 'skew', ms: SKEW_MS } },
  { id: 'behind', match: {}, fault: { kind: 'skew', ms: -SKEW_MS } },
];

/** Makes workers compare each other's times: of leases, and of a user's starts. */
const twice = { id: 'twice', match: { probability: 0.5 }, fault: { kind: 'duplicate' } };

/** More than one user may start in a minute, so that some wait for the time of others' starts to pass. */
const JOBS_OF_ONE_USER = 15;

/** Long enough that every lane grows to several environments. */
const thinking = [{ id: 'thinking', match: {}, fault: { kind: 'lateStart', ms: 800 } }];

/** Runs jobs on workers whose clocks differ. */
export const clockSkew = async (context: DrillContext): Promise<readonly Finding[]> => {
  const run = await startWatchedRun(context);
  const jobs = sizeOf(context, 80, 400);
  await run.rig.modelFaults(thinking);
  await run.rig.cloudFaults([...skews, twice]);
  await sendToAllLanes(run, jobs);
  const user = { creatorId: 'creator-in-a-hurry' };
  await run.send(
    'medium',
    Array.from({ length: JOBS_OF_ONE_USER }, () => user),
  );
  const judgement = await run.judge();
  const { figures } = judgement.verdict;
  return [
    ...nothingLostOrDoubled(judgement, jobs + JOBS_OF_ONE_USER),
    equal('answers by their source', figures.endingsBySource, { model: jobs + JOBS_OF_ONE_USER }),
    equal('most starts of one user in 60 s', figures.maxStartsInWindow, 10),
  ];
};
