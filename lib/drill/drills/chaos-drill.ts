import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import type { Figures } from '../../simulation/check-history.ts';
import { atMost, type Drill, type DrillContext, type Finding } from '../drill.ts';
import { balancedBooks, tracesOfTheDead } from '../history/balance.ts';
import type { JobWrite } from '../history/job-writes.ts';
import {
  nothingLostOrDoubled,
  shortLease,
  sizeOf,
  startWatchedRun,
  type WatchedRun,
} from '../history/watched-run.ts';
import { isEnding } from '../history/witness.ts';
import { openBooks } from '../rig/books.ts';
import { bringBackUntil } from '../rig/bring-back.ts';
import { faultHits } from '../rig/fault-hits.ts';

/**
 * Some before a request, some after one, some when all is done. 4 % of invocations, which have two jobs on average:
 * one kill for fifty jobs.
 */
const kills = [
  {
    id: 'kill-before',
    match: { probability: 0.016 },
    fault: { kind: 'kill', when: 'before-request', request: { upTo: 10 } },
  },
  {
    id: 'kill-after',
    match: { probability: 0.016 },
    fault: { kind: 'kill', when: 'after-request', request: { upTo: 10 } },
  },
  { id: 'kill-at-end', match: { probability: 0.008 }, fault: { kind: 'kill', when: 'before-return' } },
];

const cloudFaults = [
  ...kills,
  { id: 'duplicate', match: { probability: 0.05 }, fault: { kind: 'duplicate', afterMs: 50 } },
  { id: 'throttle', match: { probability: 0.02 }, fault: { kind: 'throttle' } },
  {
    id: 'unprocessed',
    match: { operation: 'BatchWriteItem', probability: 0.1 },
    fault: { kind: 'partial-batch', keep: 1 },
  },
];

const providerFaults = [
  { kind: 'status', status: 500, code: 'server_error' },
  { kind: 'status', status: 503, code: 'overloaded' },
  { kind: 'status', status: 429, code: 'rate_limit_exceeded', retryAfter: 1 },
  { kind: 'reset' },
  { kind: 'silent' },
  { kind: 'stalled' },
  { kind: 'cut' },
  { kind: 'cut', clean: true },
  { kind: 'malformed' },
  { kind: 'corrupt' },
  { kind: 'failed' },
  { kind: 'incomplete' },
  { kind: 'refusal' },
];

/** 10 % of calls, each kind as often as the others. */
const modelFaults = providerFaults.map((fault, index) => ({
  id: `${fault.kind}-${index}`,
  match: { probability: 0.1 / providerFaults.length },
  fault,
}));

const models = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'] as const;

/** Jobs of a lane under way at a time: enough to keep its workers busy, few enough that no deadline is near. */
const UNDER_WAY = 150;
/** What one call of SendMessageBatch takes. */
const CHUNK = 10;

/** The requirement: 20,000 jobs. */
const LONGEST_MINUTES = 10;

const chaos = async (context: DrillContext): Promise<readonly Finding[]> => {
  const startedAtMs = performance.now();
  const runFromMs = Date.now();
  const jobs = sizeOf(context, 600, 20_000);
  const run = await startWatchedRun(context);
  await run.rig.modelFaults(modelFaults);
  await run.rig.cloudFaults(cloudFaults);
  reportProgress(run, context, jobs);
  const feeding = Promise.all(
    laneNames.map((lane) => feed(run, lane, jobs / laneNames.length, context.signal)),
  );
  await bringBackUntil(run.rig, feeding);
  const judgement = await run.judge();
  const { figures } = judgement.verdict;
  const strikes = await struck(run, figures);
  await run.rig.cloudFaults([]);
  const booked = await balancedBooks(
    openBooks(run.rig, runFromMs),
    tracesOfTheDead(run.witness.sights()),
    context.signal,
  );
  const minutes = (performance.now() - startedAtMs) / 60_000;
  return [
    ...nothingLostOrDoubled(judgement, jobs),
    answered(run, figures),
    strikes,
    ...booked,
    {
      expected: 'every call that was paid twice is explained by a kill',
      found: `${figures.paidTwice} of ${figures.billedCalls} billed calls paid twice, ${figures.paidTwiceExplained} explained`,
      holds: figures.paidTwice === figures.paidTwiceExplained,
    },
    ...(context.profile === 'long' ? [atMost('time', minutes, LONGEST_MINUTES, 'minutes', 'promised')] : []),
  ];
};

/** Keeps a lane busy until all its jobs are sent. */
const feed = async (
  { send, witness }: WatchedRun,
  lane: LaneName,
  jobs: number,
  signal: AbortSignal,
): Promise<void> => {
  const underWay = new Set<string>();
  witness.watch((sight) => {
    if (sight.kind === 'written' && isEnding(sight.write)) underWay.delete(sight.write.jobId);
  });
  for (let sent = 0; sent < jobs; sent += CHUNK) {
    const chunk = Array.from({ length: Math.min(CHUNK, jobs - sent) }, (_, index) => ({
      ...shortLease,
      model: models[(sent + index) % models.length] ?? 'gpt-5',
    }));
    for (const jobId of await send(lane, chunk)) if (witness.endings(jobId).length === 0) underWay.add(jobId);
    if (underWay.size > UNDER_WAY) await witness.next(() => underWay.size <= UNDER_WAY, signal);
  }
};

const TENTHS = 10;

const reportProgress = ({ witness }: WatchedRun, { say }: DrillContext, jobs: number): void => {
  let ended = 0;
  let kills = 0;
  witness.watch((sight) => {
    if (sight.kind === 'invocation-over' && sight.environmentDied) kills += 1;
    if (sight.kind !== 'written' || !isEnding(sight.write)) return;
    ended += 1;
    if (ended % Math.ceil(jobs / TENTHS) === 0)
      say(`${ended} of ${jobs} jobs ended, ${kills} workers killed`);
  });
};

/** The provider's word on the job itself: it refuses its content, or its answer does not fit the output limit. */
const finalReasons: ReadonlySet<string> = new Set(['refused', 'invalid']);

/** Whatever else goes wrong, a model or a fallback answers. */
const answered = ({ witness, sent }: WatchedRun, { endingsBySource }: Figures): Finding => {
  const words = sent.flatMap(({ jobId }) => witness.endings(jobId)).map(wordOf);
  const counts = [...Map.groupBy(words, (word) => word)].map(([word, all]) => `${all.length} ${word}`);
  return {
    expected: 'jobs succeed; only one that a model refused or broke off may fail',
    found: `${counts.join(', ')}; answers by ${JSON.stringify(endingsBySource)}`,
    holds: words.every((word) => word === 'succeeded' || finalReasons.has(word)),
  };
};

const wordOf = (write: JobWrite): string => (write.status === 'failed' ? write.reason : write.status);

/** What the faults came to: of a rare one there may be none in a small run, of all together not. */
const struck = async (
  { rig, witness }: WatchedRun,
  { kills, repeatedDeliveries }: Figures,
): Promise<Finding> => {
  const hits = await faultHits(rig);
  const invocations = witness.sights().filter(({ kind }) => kind === 'invocation-over').length;
  const [duplicates = 0, throttles = 0] = [hits.get('duplicate'), hits.get('throttle')];
  return {
    expected: 'workers die, messages come twice, the database throttles',
    found: `${kills} of ${invocations} invocations killed, ${duplicates} duplicates of ${repeatedDeliveries} repeated deliveries, ${throttles} requests throttled`,
    holds: kills > 0 && duplicates > 0 && throttles > 0,
  };
};

export const chaosDrills: readonly Drill[] = [
  {
    name: 'chaos',
    fault:
      '2 % of workers die, 5 % of messages come twice, 10 % of calls fail, 2 % of database requests are refused',
    pace: 'busy',
    run: chaos,
  },
];
