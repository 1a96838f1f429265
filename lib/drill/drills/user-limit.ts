import { laneNames } from '../../pipeline/job/lane.ts';
import { atMost, type DrillContext, equal, type Finding } from '../drill.ts';
import { mostInWindow } from '../history/most-in-window.ts';
import type { Rig } from '../rig/rig.ts';

/** The limit of the issue, and the window that it speaks of. */
const STARTS = 10;
const WINDOW_MS = 60_000;

/** Fifteen need two windows, fifty five. */
const SENDERS = { ci: 15, long: 50 };

/** Cold starts lie between a start and its call, and are not what is counted. */
const WARM_JOBS_PER_LANE = 4;

const sendEvenly = async (
  rig: Rig,
  count: number,
  message: Parameters<Rig['send']>[1][number],
): Promise<string[]> => {
  const sent = await Promise.all(
    Array.from({ length: count }, (_, sender) =>
      rig.send(laneNames[sender % laneNames.length] ?? 'critical', [message]),
    ),
  );
  return sent.flat();
};

/** Everyone writes for one creator at the same moment, over all lanes. */
export const userLimit = async ({ startRig, profile, say }: DrillContext): Promise<readonly Finding[]> => {
  const rig = await startRig();
  const warm = await sendEvenly(rig, WARM_JOBS_PER_LANE * laneNames.length, {});
  await Promise.all(warm.map((jobId) => rig.ended(jobId)));
  const senders = SENDERS[profile];
  const jobIds = await sendEvenly(rig, senders, { creatorId: 'creator-in-demand' });
  let ended = 0;
  const rows = await Promise.all(
    jobIds.map(async (jobId) => {
      const row = await rig.ended(jobId);
      ended += 1;
      if (ended % STARTS === 0) say(`${ended} of ${senders} jobs have ended`);
      return row;
    }),
  );
  const traceIds = new Set<string | undefined>(rows.map(({ traceId }) => traceId));
  const calls = (await rig.calls()).filter(({ traceId }) => traceIds.has(traceId));
  const firstCalls = new Map(calls.toReversed().map(({ traceId, startedAtMs }) => [traceId, startedAtMs]));
  const startsMs = [...firstCalls.values()];
  return [
    atMost(
      'starts of one user in any 60 s, as the models saw them',
      mostInWindow(startsMs, WINDOW_MS),
      STARTS,
      'jobs',
    ),
    equal('jobs that were started', startsMs.length, senders),
    equal(
      'jobs answered by a model',
      rows.filter(({ answer }) => answer?.source === 'model').length,
      senders,
    ),
  ];
};
