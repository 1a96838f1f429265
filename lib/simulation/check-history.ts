import { type LaneName, laneNames } from '../pipeline/job/lane.ts';
import { noBudgets } from '../pipeline/money/budget.ts';
import { checkBudgets } from './check-budgets.ts';
import { checkCalls, inFlightAt, paidTwice, pastDeadlineMs, type Rules } from './check-calls.ts';
import { checkEndings } from './check-endings.ts';
import { checkRecord, type JobRecord, type RunRecord, type Start, type Violation } from './check-record.ts';
import type { History } from './history.ts';

const windowMs = 60_000;

/** The rules of the default configuration, for a run that went on until nothing was left to do. */
const defaultRules: Rules = {
  userStartsPerMinute: 10,
  deadlineSlackMs: 250,
  endingSlackMs: 250,
  budgets: noBudgets,
  isComplete: true,
};

export type Verdict = { violations: Violation[]; figures: Figures };

export type Figures = {
  jobs: number;
  /** Messages, of which a job may have several. */
  sends: number;
  endingsByStatus: Record<string, number>;
  /** Of the endings `succeeded`. */
  endingsBySource: Record<string, number>;
  calls: number;
  billedCalls: number;
  billedWithoutAnswer: number;
  paidTwice: number;
  paidTwiceExplained: number;
  kills: number;
  /** Deliveries of a job beyond its first, whether its message came again or it was sent again. */
  repeatedDeliveries: number;
  /** Calls still in flight in another living environment when their job's ending was written. */
  overlappingCalls: number;
  /** Jobs whose message the end of the history finds in its lane. */
  unacknowledgedJobs: number;
  /** Of calls whose caller lived and of endings but `expired`; 0 when none passed its deadline. */
  longestBeyondDeadlineMs: number;
  /** From the first message to the first ending; lanes without an ending are absent. */
  sentToEnding: Partial<Record<LaneName, { count: number; p50Ms: number; p99Ms: number }>>;
  /** Most starts of one user in 60 s: of jobs, as the rule counts, and of all their runs. */
  maxStartsInWindow: number;
  maxRunStartsInWindow: number;
  sendsBackByReason: Record<string, number>;
};

/** Judges a run by what its users were promised, from the history alone. */
export const checkHistory = (history: History, rules: Partial<Rules> = {}): Verdict => {
  const allRules = { ...defaultRules, ...rules };
  const { record, violations } = checkRecord(history);
  const run = { record, rules: allRules };
  const ofJobs = [...record.jobs.values()].flatMap((job) => [
    ...checkEndings(run, job),
    ...checkCalls(run, job),
  ]);
  return {
    violations: [...violations, ...ofJobs, ...checkStarts(record, allRules), ...checkBudgets(run)],
    figures: figuresOf(record),
  };
};

/**
 * A user's limit counts jobs: a job counts once, when its first call starts. Running it again, after a kill or a
 * deferral, is our affair and takes nothing from the user; `maxRunStartsInWindow` shows what that comes to.
 */
const checkStarts = ({ startsByUser }: RunRecord, { userStartsPerMinute: limit }: Rules): Violation[] =>
  [...startsByUser].flatMap(([user, all]) => {
    const starts = firstStarts(all);
    return starts.flatMap((start, index) => {
      const earlier = starts[index - limit];
      if (earlier === undefined || start.atMs - earlier.atMs >= windowMs) return [];
      const sentence = `Job ${start.jobId} of ${user} is start ${limit + 1} within ${start.atMs - earlier.atMs} ms.`;
      return [{ kind: 'too-many-starts', jobId: start.jobId, user, sentence } as const];
    });
  });

const firstStarts = (starts: readonly Start[]): Start[] => starts.filter(({ isAgain }) => !isAgain);

const figuresOf = (record: RunRecord): Figures => {
  const jobs = [...record.jobs.values()];
  const starts = [...record.startsByUser.values()];
  const endings = jobs.flatMap((job) => job.endings.map(({ ending }) => ending));
  const sources = endings.flatMap((ending) => (ending.status === 'succeeded' ? [ending.source] : []));
  return {
    jobs: jobs.length,
    sends: sumOf(jobs, ({ sends }) => sends.length),
    endingsByStatus: countsOf(endings.map(({ status }) => status)),
    endingsBySource: countsOf(sources),
    ...paymentsOf(record, jobs),
    kills: sumOf([...record.kills.values()], (kills) => kills.length),
    repeatedDeliveries: sumOf(jobs, ({ deliveries }) => Math.max(0, deliveries.length - 1)),
    overlappingCalls: sumOf(jobs, (job) => overlapsOf(record, job)),
    unacknowledgedJobs: jobs.filter(({ acknowledgements }) => acknowledgements.length === 0).length,
    longestBeyondDeadlineMs: largestOf(jobs, (job) => beyondDeadlineMs(record, job)),
    sentToEnding: Object.fromEntries(laneNames.flatMap((lane) => latencyOf(jobs, lane))),
    maxStartsInWindow: largestOf(starts, (all) => mostInWindow(firstStarts(all))),
    maxRunStartsInWindow: largestOf(starts, mostInWindow),
    sendsBackByReason: countsOf(jobs.flatMap(({ sendsBack }) => sendsBack.map(({ reason }) => reason))),
  };
};

type Payments = Pick<
  Figures,
  'calls' | 'billedCalls' | 'billedWithoutAnswer' | 'paidTwice' | 'paidTwiceExplained'
>;

const paymentsOf = (record: RunRecord, jobs: readonly JobRecord[]): Payments => {
  const billed = [...record.calls.values()].filter(({ ended }) => ended?.billed);
  const again = jobs.flatMap((job) => paidTwice(record, job));
  return {
    calls: record.calls.size,
    billedCalls: billed.length,
    billedWithoutAnswer: billed.filter(({ ended }) => ended?.outcome !== 'answer').length,
    paidTwice: again.length,
    paidTwiceExplained: again.filter(({ isExplained }) => isExplained).length,
  };
};

const overlapsOf = (record: RunRecord, job: JobRecord): number => {
  const [written] = job.endings;
  if (written === undefined) return 0;
  return inFlightAt(record, job, written).filter(({ environment }) => environment !== written.environment)
    .length;
};

const beyondDeadlineMs = (record: RunRecord, job: JobRecord): number => {
  const endings = job.endings.filter(({ ending }) => ending.status !== 'expired');
  return Math.max(
    largestOf(job.calls, (call) => pastDeadlineMs(record, job, call)),
    largestOf(endings, ({ atMs }) => atMs - job.lastDeadlineAtMs),
  );
};

const latencyOf = (jobs: readonly JobRecord[], lane: LaneName) => {
  const latenciesMs = jobs
    .filter((job) => job.lane === lane)
    .flatMap(({ sentAtMs, endings: [written] }) => (written ? [written.atMs - sentAtMs] : []))
    .sort((a, b) => a - b);
  const p50Ms = percentile(latenciesMs, 0.5);
  const p99Ms = percentile(latenciesMs, 0.99);
  if (p50Ms === undefined || p99Ms === undefined) return [];
  return [[lane, { count: latenciesMs.length, p50Ms, p99Ms }] as const];
};

/** By nearest rank, so that it is a value that was seen. */
const percentile = (sorted: readonly number[], share: number): number | undefined =>
  sorted[Math.ceil(sorted.length * share) - 1];

const mostInWindow = (starts: readonly Start[]): number => {
  let oldest = 0;
  return largestOf(starts.entries(), ([index, { atMs }]) => {
    while ((starts[oldest]?.atMs ?? atMs) <= atMs - windowMs) oldest += 1;
    return index - oldest + 1;
  });
};

const countsOf = (words: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
};

const sumOf = <T>(items: readonly T[], amountOf: (item: T) => number): number =>
  items.reduce((sum, item) => sum + amountOf(item), 0);

/** At least 0. */
const largestOf = <T>(items: Iterable<T>, amountOf: (item: T) => number): number => {
  let largest = 0;
  for (const item of items) largest = Math.max(largest, amountOf(item));
  return largest;
};
