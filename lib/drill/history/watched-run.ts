import { setTimeout as sleep } from 'node:timers/promises';
import type { JobMessage } from '../../pipeline/job/job-message.ts';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import { checkHistory, type Verdict } from '../../simulation/check-history.ts';
import type { History } from '../../simulation/history.ts';
import { type DrillContext, equal, type Finding } from '../drill.ts';
import { bringBackUntil } from '../rig/bring-back.ts';
import { type DeadLetter, openLaneQueues } from '../rig/lane-queues.ts';
import type { ModelCall } from '../rig/model-calls.ts';
import { type NewsBox, openNewsBox } from '../rig/news-box.ts';
import type { Rig, RigOptions } from '../rig/rig.ts';
import { answersGivenUp, answersOf, historyOf, type SentJob } from './observed-history.ts';
import { createWitness, type Witness } from './witness.ts';

/** A rig of which everything is seen that can be seen from outside, for a judgement at its end. */
export type WatchedRun = {
  rig: Rig;
  witness: Witness;
  sent: readonly SentJob[];
  send(lane: LaneName, messages: readonly Partial<JobMessage>[]): Promise<string[]>;
  /** Waits until all jobs have ended and their lanes are empty, but not for ever; then judges. */
  judge(limitMs?: number): Promise<Judgement>;
};

/** What was seen in the end. */
export type Judgement = {
  history: History;
  verdict: Verdict;
  calls: readonly ModelCall[];
  deadLetters: readonly DeadLetter[];
  /** Jobs that became dead letters, which none may. */
  deadLettered: readonly string[];
  /** Jobs by how many endings the table has applied to them. */
  endings: ReadonlyMap<number, readonly SentJob[]>;
  /** Messages that were still in their lanes when the wait was over. */
  left: number;
};

/** Leases, backoffs and recoveries together stay far below it: what has not ended by then is lost. */
const LIMIT_MS = 180_000;

export const startWatchedRun = async (context: DrillContext, options?: RigOptions): Promise<WatchedRun> => {
  const rig = await context.startRig(options);
  const witness = createWitness(rig);
  const newsBox = await openNewsBox(rig);
  const sent: SentJob[] = [];
  return {
    rig,
    witness,
    sent,
    send: async (lane, messages) => {
      const sentAtMs = Date.now();
      const jobIds = await rig.send(lane, messages);
      sent.push(...jobIds.map((jobId) => ({ jobId, lane, sentAtMs })));
      return jobIds;
    },
    judge: async (limitMs = LIMIT_MS) => {
      const limit = AbortSignal.timeout(limitMs);
      const over = allOver(rig, witness, sent, AbortSignal.any([limit, context.signal]));
      await bringBackUntil(rig, over).catch((error: unknown) => {
        if (!limit.aborted) throw error; // what has not ended by now is for the judge
      });
      return judge(rig, { witness, newsBox, sent });
    },
  };
};

/** How often the lanes are looked at, in ms. */
const LOOK_EVERY_MS = 250;

const allOver = async (
  rig: Rig,
  witness: Witness,
  sent: readonly SentJob[],
  signal: AbortSignal,
): Promise<void> => {
  await witness.allEnded(
    sent.map(({ jobId }) => jobId),
    signal,
  );
  await lanesEmpty(rig, signal);
};

/** Resolves when no message waits in a lane or is in flight; rejects on abort. */
export const lanesEmpty = async (rig: Rig, signal: AbortSignal): Promise<void> => {
  using queues = openLaneQueues(rig);
  while ((await queues.left()) > 0) await sleep(LOOK_EVERY_MS, undefined, { signal });
};

type Seen = { witness: Witness; newsBox: NewsBox; sent: readonly SentJob[] };

const judge = async (rig: Rig, { witness, newsBox, sent }: Seen): Promise<Judgement> => {
  using queues = openLaneQueues(rig);
  using told = newsBox;
  const [calls, deadLetters, left] = [await rig.calls(), await queues.deadLetters(), await queues.left()];
  const jobIds = new Set(sent.map(({ jobId }) => jobId));
  const deadLettered = deadLetters
    .map(({ messageId, sourceMessageId = messageId }) => sourceMessageId)
    .filter((jobId) => jobIds.has(jobId));
  const news = await told.takeAll();
  const history = historyOf({ sent, sights: witness.sights(), calls, news, deadLettered });
  const endings = Map.groupBy(sent, ({ jobId }) => witness.endings(jobId).length);
  return { history, verdict: checkHistory(history), calls, deadLetters, deadLettered, endings, left };
};

/** What holds whatever goes wrong: each job ends once, nothing is dead-lettered, and the checker has no complaint. */
export const nothingLostOrDoubled = (
  { history, verdict, deadLettered, endings, left }: Judgement,
  jobs: number,
): Finding[] => [
  equal('jobs that ended, each once', endings.get(1)?.length ?? 0, jobs),
  equal('messages left in the lanes, and jobs in dead-letter queues', [left, deadLettered.length], [0, 0]),
  {
    expected: 'the checker of histories finds nothing broken',
    found: describeVerdict(verdict, answersGivenUp(history)),
    holds: verdict.violations.length === 0,
  },
];

/** With nothing wrong but the deliveries or the database, one call is worth its money for each job, and no other. */
export const oneAnswerEach = ({ history }: Judgement, jobs: number): Finding => {
  const counts = [...answersOf(history).values()];
  return equal(
    'jobs with one answer of a model, and with more',
    counts.reduce<readonly [number, number]>(tally, [0, 0]),
    [jobs, 0],
  );
};

const tally = ([one, more]: readonly [number, number], count: number): [number, number] =>
  count === 1 ? [one + 1, more] : [one, more + 1];

/** Enough of them to see a pattern. */
const SENTENCES = 5;

const describeVerdict = ({ violations, figures }: Verdict, givenUp: number): string => {
  const { calls, billedCalls, repeatedDeliveries, kills } = figures;
  const size = `${calls} calls (${billedCalls} billed, ${givenUp} given up by a limit as the answer came), ${repeatedDeliveries} repeated deliveries, ${kills} kills`;
  if (violations.length === 0) return `nothing, in ${size}`;
  const sentences = violations.slice(0, SENTENCES).map(({ sentence }) => sentence);
  return `${violations.length} violations in ${size}: ${sentences.join(' ')}`;
};

/** Short limits make short leases: a job whose worker died waits for its lease to end. */
export const shortLease = { options: { timeoutMs: 4_000 } };

export const sizeOf = ({ profile }: Pick<DrillContext, 'profile'>, ci: number, long: number): number =>
  profile === 'ci' ? ci : long;

/** The same number of jobs to each lane, at once. */
export const sendToAllLanes = async (
  run: WatchedRun,
  jobs: number,
  changes: Partial<JobMessage> = {},
): Promise<void> => {
  const each = Array.from({ length: jobs / laneNames.length }, () => changes);
  await Promise.all(laneNames.map((lane) => run.send(lane, each)));
};
