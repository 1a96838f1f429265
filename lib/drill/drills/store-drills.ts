import { type Drill, type DrillContext, equal, type Finding } from '../drill.ts';
import {
  nothingLostOrDoubled,
  oneAnswerEach,
  sendToAllLanes,
  sizeOf,
  startWatchedRun,
} from '../history/watched-run.ts';
import { faultHits } from '../rig/fault-hits.ts';
import { databaseDown } from './database-down.ts';
import { ledgerDown } from './ledger-down.ts';

/** Runs jobs in all lanes while the database has this fault, which must not cost a call more than there are jobs. */
const withFault = async (
  context: DrillContext,
  rule: { match: object; fault: object },
  jobs: number,
): Promise<readonly Finding[]> => {
  const run = await startWatchedRun(context);
  await run.rig.cloudFaults([{ id: 'database', ...rule }]);
  await sendToAllLanes(run, jobs);
  const judgement = await run.judge();
  const struck = (await faultHits(run.rig)).get('database') ?? 0;
  const { figures } = judgement.verdict;
  return [
    ...nothingLostOrDoubled(judgement, jobs),
    equal('answers by their source', figures.endingsBySource, { model: jobs }),
    oneAnswerEach(judgement, jobs),
    {
      expected: 'the fault strikes',
      found: `${struck} requests struck`,
      holds: struck > 0,
    },
  ];
};

export const storeDrills: readonly Drill[] = [
  {
    name: 'database-throttled',
    fault: 'DynamoDB refuses 40 % of all requests',
    pace: 'waiting',
    run: (context) =>
      withFault(
        context,
        { match: { probability: 0.4 }, fault: { kind: 'throttle' } },
        sizeOf(context, 40, 1_000),
      ),
  },
  {
    name: 'database-slow',
    fault: 'each request to DynamoDB takes a second; 1.5 s in profile `long`',
    pace: 'waiting',
    // a client gives a request up after 2 s, and a machine that carries five other drills takes its part of them
    run: (context) =>
      withFault(
        context,
        { match: {}, fault: { kind: 'slow', ms: sizeOf(context, 1_000, 1_500) } },
        sizeOf(context, 20, 200),
      ),
  },
  {
    name: 'database-lost-replies',
    fault: 'DynamoDB carries out 30 % of the requests and the worker never learns of it',
    pace: 'waiting',
    run: (context) =>
      withFault(
        context,
        { match: { probability: 0.3 }, fault: { kind: 'lost-reply' } },
        sizeOf(context, 40, 1_000),
      ),
  },
  {
    name: 'database-down',
    fault: 'DynamoDB is not there for 20 s, while one job waits for a result that it has paid for',
    pace: 'waiting',
    run: databaseDown,
  },
  {
    name: 'ledger-down',
    fault: 'the ledger takes no entry from the workers of a lane',
    pace: 'waiting',
    run: ledgerDown,
  },
];
