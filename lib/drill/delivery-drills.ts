import { type LaneName, laneNames } from '../pipeline/lane.ts';
import { type Drill, type DrillContext, equal, type Finding } from './drill.ts';
import { faultHits } from './fault-hits.ts';
import {
  BEFORE_RETURN,
  type HappyPath,
  type KillPoint,
  killNext,
  pointsOn,
  recordPath,
} from './kill-points.ts';
import { billedCalls } from './observed-history.ts';
import { nothingLostOrDoubled, startWatchedRun, type WatchedRun } from './watched-run.ts';

const sizeOf = ({ profile }: DrillContext, ci: number, long: number): number =>
  profile === 'ci' ? ci : long;

const sendToAllLanes = async (run: WatchedRun, jobs: number): Promise<void> => {
  const each = Array.from({ length: jobs / laneNames.length }, () => ({}));
  await Promise.all(laneNames.map((lane: LaneName) => run.send(lane, each)));
};

/** Half of the second deliveries come at the same time as the first, half when it may be over. */
const everythingTwice = [
  { id: 'at-once', match: { probability: 0.5 }, fault: { kind: 'duplicate' } },
  { id: 'later', match: {}, fault: { kind: 'duplicate', afterMs: 300 } },
];

/** Longer than it takes to deliver again at once, shorter than it takes to deliver again later. */
const thinking = [{ id: 'thinking', match: {}, fault: { kind: 'lateStart', ms: 500 } }];

const duplicates = async (context: DrillContext): Promise<readonly Finding[]> => {
  const run = await startWatchedRun(context);
  const jobs = sizeOf(context, 80, 1_000);
  const met = { held: 0, over: 0 };
  run.rig.onLine((_name, line) => {
    if (line.includes('"reason":"held"')) met.held += 1;
    if (line.includes('"message":"job duplicate"')) met.over += 1;
  });
  await run.rig.modelFaults(thinking);
  await run.rig.cloudFaults(everythingTwice);
  await sendToAllLanes(run, jobs);
  const judgement = await run.judge();
  const { figures } = judgement.verdict;
  return [
    ...nothingLostOrDoubled(judgement, jobs),
    {
      expected: 'every message comes twice, to workers that find its job running or over',
      found: `${figures.repeatedDeliveries} second deliveries of ${jobs} jobs: ${met.held} running, ${met.over} over`,
      holds: figures.repeatedDeliveries >= jobs && met.held > 0 && met.over > 0,
    },
    equal('calls of models, all billed', [figures.calls, figures.billedCalls], [jobs, jobs]),
  ];
};

const reordered = async (context: DrillContext): Promise<readonly Finding[]> => {
  const run = await startWatchedRun(context);
  const jobs = sizeOf(context, 80, 1_000);
  await run.rig.cloudFaults([{ id: 'reorder', fault: { kind: 'reorder', ms: 500 } }]);
  await sendToAllLanes(run, jobs);
  const judgement = await run.judge();
  const hits = await faultHits(run.rig);
  return [
    ...nothingLostOrDoubled(judgement, jobs),
    {
      expected: 'receives come in another order',
      found: `${hits.get('reorder')} receives reordered`,
      holds: (hits.get('reorder') ?? 0) > 0,
    },
    equal('calls of models', judgement.verdict.figures.calls, jobs),
  ];
};

/** Short limits make short leases: a job whose worker died waits for its lease to end. */
const shortLease = { options: { timeoutMs: 2_000 } };

/**
 * One job for each point, one after the other: a dead environment leaves the next job a cold one, with every request
 * of the path ahead of it. What the dead ones held comes back when all have died.
 */
const workerKilled = async (context: DrillContext): Promise<readonly Finding[]> => {
  const run = await startWatchedRun(context);
  const scene = { ...run, signal: context.signal };
  const sendJob = () => run.send('critical', [shortLease]);
  const pathSoFar = recordPath(run.rig);
  const points = new Map<string, KillPoint | 'before the return'>();
  points.set(await killNext(scene, BEFORE_RETURN, sendJob), 'before the return');
  const path = await pathSoFar();
  context.say(`requests of a cold worker: ${path.join(', ')}`);
  for (const point of pointsOn(path)) points.set(await killNext(scene, point.kill, sendJob), point);
  await run.rig.cloudFaults([]);
  context.say(`${points.size} workers are dead; their jobs wait for their leases`);
  const judgement = await run.judge();
  const { figures } = judgement.verdict;
  return [
    ...nothingLostOrDoubled(judgement, points.size),
    equal('workers killed', figures.kills, points.size),
    equal('answers by their source', figures.endingsBySource, { model: points.size }),
    paidOnceElsewhere(path, points, billedCalls(judgement.history)),
  ];
};

const paidOnceElsewhere = (
  path: HappyPath,
  points: ReadonlyMap<string, KillPoint | 'before the return'>,
  paid: ReadonlyMap<string, number>,
): Finding => {
  const model = path.indexOf('model') + 1;
  const ending = path.lastIndexOf('UpdateItem jobs') + 1;
  const all = [...points].map(([jobId, point]) => ({ point, calls: paid.get(jobId) ?? 0 }));
  const twice = all.filter(({ calls }) => calls === 2).flatMap(({ point }) => point);
  const isAsItMustBe = all.every(
    ({ point, calls }) =>
      calls === 1 || (calls === 2 && point !== 'before the return' && isBetween(point, model, ending)),
  );
  return {
    expected: 'one call is paid, or two where the worker died between the call and the write of its result',
    found: `${twice.length} of ${all.length} paid twice: ${twice.map((point) => (typeof point === 'string' ? point : point.name)).join('; ')}`,
    holds: model > 0 && isAsItMustBe,
  };
};

const isBetween = ({ request, isAfter }: KillPoint, model: number, ending: number): boolean =>
  isAfter ? request >= model && request < ending : request > model && request <= ending;

export const deliveryDrills: readonly Drill[] = [
  {
    name: 'duplicates',
    fault: 'every message is delivered twice, half of them at the same time',
    pace: 'busy',
    run: duplicates,
  },
  {
    name: 'reordered',
    fault: 'messages of one receive come in random order, each batch held back for a while',
    pace: 'busy',
    run: reordered,
  },
  {
    name: 'worker-killed',
    fault: 'a worker dies before and after each request that a healthy job takes',
    pace: 'waiting',
    run: workerKilled,
  },
];
