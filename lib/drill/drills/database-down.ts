import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEvent } from '../../simulation/history.ts';
import { atMost, type DrillContext, equal, type Finding } from '../drill.ts';
import {
  nothingLostOrDoubled,
  oneAnswerEach,
  sizeOf,
  startWatchedRun,
  type WatchedRun,
} from '../history/watched-run.ts';
import type { Witness } from '../history/witness.ts';
import type { Rig } from '../rig/rig.ts';

const OUTAGE_MS = 20_000;

/** The call outlasts the moment at which the database goes, and no limit on silence ends it. */
const THINKING_MS = 1_500;

/** Of lib/runtime/store-guard.ts: claims that fail in a row before a worker leaves the database alone. */
const FAILURES_TO_OPEN = 5;

/** Invocations and jobs of a batch at a time, by the default configuration of the lane. */
const LANE = { name: 'low', environments: 3, parallelism: 3 } as const;

/** Takes the database away in the middle of a paid call, lets jobs come, and gives it back. */
export const databaseDown = async (context: DrillContext): Promise<readonly Finding[]> => {
  const run = await startWatchedRun(context);
  const jobs = sizeOf(context, 30, 300);
  const refusals = countRefusals(run.rig);
  const paidFor = await startPaidCall(run, context.signal);
  await run.rig.cloudFaults([{ id: 'down', match: {}, fault: { kind: 'down' } }]);
  const downAtMs = Date.now();
  await run.send(
    LANE.name,
    Array.from({ length: jobs }, () => ({})),
  );
  await sleep(OUTAGE_MS, undefined, { signal: context.signal });
  const failed = { ...refusals };
  await run.rig.cloudFaults([]);
  const upAtMs = Date.now();
  context.say('the database is back');
  const judgement = await run.judge();
  const isUnwritable = (event: HistoryEvent) =>
    event.kind === 'call-started' && event.jobId !== paidFor && event.atMs >= downAtMs && event.atMs < upAtMs;
  const { figures } = judgement.verdict;
  return [
    ...nothingLostOrDoubled(judgement, run.sent.length),
    equal('answers by their source', figures.endingsBySource, { model: run.sent.length }),
    equal('calls of models while claims fail', judgement.history.filter(isUnwritable).length, 0),
    resultKept(run.witness, paidFor, [downAtMs, upAtMs]),
    oneAnswerEach(judgement, run.sent.length),
    atMost(
      `failed claims of ${LANE.environments} workers`,
      failed.claims,
      LANE.environments * (FAILURES_TO_OPEN + LANE.parallelism - 1),
      'claims',
    ),
    {
      expected: 'after five failures in a row a worker asks the database no more',
      found: `${failed.unasked} deliveries sent back without asking`,
      holds: failed.unasked > 0,
    },
  ];
};

/** Deliveries that failed at the claim, and those of them that were sent back unasked. */
const countRefusals = (rig: Rig) => {
  const counts = { claims: 0, unasked: 0 };
  rig.onLine((_name, line) => {
    if (!line.includes('"message":"delivery failed"')) return;
    if (line.includes('"error":"DatabaseUnavailable"')) counts.unasked += 1;
    else counts.claims += 1;
  });
  return counts;
};

/** Resolves when the model has the call of a warm worker. */
const startPaidCall = async (run: WatchedRun, signal: AbortSignal): Promise<string> => {
  await run.witness.allEnded(await run.send('critical', [{}]), signal);
  await run.rig.modelFaults([
    { id: 'thinking', match: { times: 1 }, fault: { kind: 'lateStart', ms: THINKING_MS } },
  ]);
  const [jobId = ''] = await run.send('critical', [{ model: 'gpt-5' }]);
  while ((await run.rig.calls()).length < 2) await sleep(50, undefined, { signal });
  return jobId;
};

const resultKept = (
  { sights, endings }: Witness,
  jobId: string,
  [downAtMs, upAtMs]: readonly [number, number],
): Finding => {
  const [ending] = endings(jobId);
  const written = sights().find((sight) => sight.kind === 'written' && sight.write === ending);
  const endedAtMs = ending !== undefined && 'endedAtMs' in ending ? ending.endedAtMs : 0;
  const [came, kept] = [endedAtMs - downAtMs, (written?.atMs ?? 0) - upAtMs];
  return {
    expected: 'a result that comes while the database is down is kept, and written when it is back',
    found: `it came ${came} ms after the database had gone, and was written ${kept} ms after it was back`,
    holds: came > 0 && endedAtMs < upAtMs && kept > 0 && ending?.status === 'succeeded',
  };
};
