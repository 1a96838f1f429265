import type { DrillContext, Finding } from '../drill.ts';
import { equal } from '../drill.ts';
import { atLeast } from '../findings.ts';
import { type KillPoint, killAt, pointsOn, recordHappyPath } from '../history/kill-points.ts';
import { answersOf } from '../history/observed-history.ts';
import { type Judgement, nothingLostOrDoubled, shortLease, startWatchedRun } from '../history/watched-run.ts';

/** A busy machine makes a request more or less: a point that was seen twice may be on no path any more. */
const LEAST_REACHED = 0.8;

/**
 * Kills one worker at each point. One job for each, one after the other: a dead environment leaves the next job a cold
 * one, with every request of the path ahead of it. What the dead ones held comes back when all have died.
 */
export const workerKilled = async (context: DrillContext): Promise<readonly Finding[]> => {
  const run = await startWatchedRun(context);
  const scene = { ...run, signal: context.signal };
  const sendJob = () => run.send('critical', [shortLease]);
  const path = await recordHappyPath(scene, sendJob);
  context.say(`requests of a cold worker: ${path.join(', ')}`);
  const points = new Map<string, KillPoint>();
  const all = pointsOn(path);
  for (const point of all) {
    const jobId = await killAt(scene, point, sendJob);
    if (jobId !== undefined) points.set(jobId, point);
  }
  await run.rig.cloudFaults([]);
  context.say(`${points.size} workers are dead; their jobs wait for their leases`);
  const judgement = await run.judge();
  const jobs = run.sent.length;
  return [
    ...nothingLostOrDoubled(judgement, jobs),
    atLeast(
      `of ${all.length} points, those at which a worker died`,
      points.size,
      all.length * LEAST_REACHED,
      'points',
    ),
    atLeast(
      'workers killed, one before the return',
      judgement.verdict.figures.kills,
      points.size + 1,
      'workers',
    ),
    equal('how they ended', judgement.verdict.figures.endingsByStatus, { succeeded: jobs }),
    paidForDeathsAlone(points, judgement),
  ];
};

/** Who paid twice is seen from what the dead had asked for, not from their points: requests at the same time come in any order. */
const paidForDeathsAlone = (
  points: ReadonlyMap<string, KillPoint>,
  { history, verdict }: Judgement,
): Finding => {
  const { paidTwice, paidTwiceExplained } = verdict.figures;
  const answers = [...answersOf(history)];
  const names = answers.flatMap(([jobId, count]) => (count > 1 ? [points.get(jobId)?.name ?? jobId] : []));
  return {
    expected: 'one call is paid, or two where the worker died between the call and the write of its result',
    found: `${names.length} of ${points.size} paid twice: ${names.join('; ')}`,
    holds: answers.every(([, count]) => count <= 2) && paidTwice === paidTwiceExplained,
  };
};
