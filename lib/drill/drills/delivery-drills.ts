import type { Drill, DrillContext, Finding } from '../drill.ts';
import {
  nothingLostOrDoubled,
  oneAnswerEach,
  sendToAllLanes,
  sizeOf,
  startWatchedRun,
} from '../history/watched-run.ts';
import { faultHits } from '../rig/fault-hits.ts';
import { aggregatorKilled } from './aggregator-killed.ts';
import { clockSkew } from './clock-skew.ts';
import { poison } from './poison.ts';
import { workerKilled } from './worker-killed.ts';

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
    oneAnswerEach(judgement, jobs),
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
    oneAnswerEach(judgement, jobs),
  ];
};

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
  {
    name: 'aggregator-killed',
    fault: 'the aggregator of alerts dies before and after each request that an alert takes',
    pace: 'waiting',
    run: aggregatorKilled,
  },
  {
    name: 'clock-skew',
    fault: 'half of the workers are 3 s ahead of time, the others 3 s behind',
    pace: 'waiting',
    run: clockSkew,
  },
  {
    name: 'poison',
    fault: 'messages that are no jobs come among good ones, and workers die over them',
    pace: 'waiting',
    run: poison,
  },
];
