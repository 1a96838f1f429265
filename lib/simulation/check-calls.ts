import type { BudgetRules } from '../pipeline/money/budget.ts';
import {
  type Call,
  type JobRecord,
  ofCall,
  type RunRecord,
  type Seen,
  type Violation,
} from './check-record.ts';

export type Rules = {
  /** First calls of a user's jobs in any 60 s. */
  userStartsPerMinute: number;
  /** How long after its job's deadline a call may still last, and after its job's ending be hung up. */
  deadlineSlackMs: number;
  /** How long after the deadline any ending but `expired` may be written. */
  endingSlackMs: number;
  /** What tenants may spend in a UTC day. */
  budgets: BudgetRules;
  /** The run went on until nothing was left to do, so what is not there is lost. */
  isComplete: boolean;
};

/** What a rule may look at beyond the job that it judges. */
export type Run = { record: RunRecord; rules: Rules };

/** Judges the calls of one job: when they ran, where they went, and whether one was paid for nothing. */
export const checkCalls = (run: Run, job: JobRecord): Violation[] => [
  ...job.calls.flatMap((call) => timesOfCall(run, job, call)),
  ...callsLeftOpen(run, job),
  ...unexplainedPayments(run, job),
  ...forbiddenProcessors(job),
  ...refusalsNotFinal(run, job),
];

const timesOfCall = ({ record, rules }: Run, job: JobRecord, call: Call): Violation[] => {
  const violations: Violation[] = [];
  const lateMs = call.atMs - job.lastDeadlineAtMs;
  const pastMs = pastDeadlineMs(record, job, call);
  if (call.position > endedAt(job))
    violations.push(ofCall('call-after-ending', call, ` started at ${call.atMs} ms, after its job's ending`));
  if (lateMs > 0)
    violations.push(ofCall('call-started-late', call, ` started ${lateMs} ms after the deadline`));
  if (rules.isComplete && !call.ended && !isKilledBetween(record, call, Number.POSITIVE_INFINITY))
    violations.push(ofCall('call-never-ended', call, ` started at ${call.atMs} ms and never ended`));
  if (pastMs > rules.deadlineSlackMs)
    violations.push(ofCall('call-outlives-deadline', call, ` went on until ${pastMs} ms after the deadline`));
  return violations;
};

/** How far a call went beyond its job's deadline; negative when it did not. It lasts while it and its caller do. */
export const pastDeadlineMs = (record: RunRecord, job: JobRecord, call: Call): number => {
  const endedAtMs = call.ended?.atMs ?? record.endedAtMs;
  const killedAtMs = killAfter(record, call)?.atMs ?? endedAtMs;
  return Math.min(endedAtMs, killedAtMs) - job.lastDeadlineAtMs;
};

/** A worker that gives up on a call hangs up: one that goes on is paid for and helps nobody. */
const callsLeftOpen = ({ record, rules }: Run, job: JobRecord): Violation[] =>
  job.endings.flatMap((written) =>
    inFlightAt(record, job, written)
      .filter(({ environment }) => environment === written.environment)
      .filter(
        ({ ended }) => ended?.outcome !== 'hung-up' || ended.atMs > written.atMs + rules.deadlineSlackMs,
      )
      .map((call) =>
        ofCall(
          'call-outlives-ending',
          call,
          ` was in flight as its caller wrote the ending at ${written.atMs} ms`,
        ),
      ),
  );

/** Calls of living environments that were not over when the ending was written. */
export const inFlightAt = (
  record: RunRecord,
  { calls }: JobRecord,
  { position }: Seen<'ending-written'>,
): Call[] =>
  calls.filter(
    (call) =>
      call.position < position && !isEndedBefore(call, position) && !isKilledBetween(record, call, position),
  );

const unexplainedPayments = ({ record }: Run, job: JobRecord): Violation[] =>
  paidTwice(record, job)
    .filter(({ isExplained }) => !isExplained)
    .map(({ call, thrownAway }) =>
      ofCall(
        'paid-twice-unexplained',
        call,
        ` was billed though call ${thrownAway.callId} answered, and no kill says why`,
      ),
    );

type PaidTwice = { call: Call; thrownAway: Call; isExplained: boolean };

/**
 * Calls that were billed although one that started earlier has brought an answer. Explained when the environment
 * that asked for that answer was killed after asking, before the new call and before the job's ending.
 */
export const paidTwice = (record: RunRecord, job: JobRecord): PaidTwice[] => {
  const billed = job.calls.filter(({ ended }) => ended?.billed);
  return billed.flatMap((call, index) => {
    const thrownAway = billed.slice(0, index).findLast((earlier) => isSpentTwice(earlier, call));
    if (thrownAway === undefined) return [];
    const isExplained = isKilledBetween(record, thrownAway, Math.min(call.position, endedAt(job)));
    return [{ call, thrownAway, isExplained }];
  });
};

/** Of two that ran side by side, the later is one too many only if it brought an answer too. */
const isSpentTwice = (earlier: Call, later: Call): boolean =>
  hasAnswered(earlier) && (hasAnswered(later) || isEndedBefore(earlier, later.position));

/** A job that was sent more than once may go only where every message sent until then allows. */
const forbiddenProcessors = (job: JobRecord): Violation[] =>
  job.calls
    .filter(({ provider, position }) =>
      job.sends.some(
        (sent) => sent.position < position && sent.allowedProcessors?.includes(provider) === false,
      ),
    )
    .map((call) =>
      ofCall('processor-not-allowed', call, ` went to ${call.provider}, which the job does not allow`),
    );

/** A refusal is final. Only a worker that was killed before it could keep it is excused. */
const refusalsNotFinal = ({ record }: Run, job: JobRecord): Violation[] =>
  job.calls.filter(hasRefused).flatMap((refused) => {
    const isHeard = ({ position }: { position: number }) =>
      isEndedBefore(refused, position) && !isKilledBetween(record, refused, position);
    const later = job.calls.filter(isHeard);
    const successes = job.endings.filter(
      (written) => written.ending.status === 'succeeded' && isHeard(written),
    );
    return [
      ...later.map((call) =>
        ofCall('refusal-shopped-around', call, ` followed the refusal of call ${refused.callId}`),
      ),
      ...successes.map(({ atMs }) =>
        ofCall('refusal-overruled', refused, ` was refused; the job succeeded at ${atMs} ms`),
      ),
    ];
  });

/** The codes with which providers decline content. */
const refusalCodes: ReadonlySet<string> = new Set(['content-policy', 'model-refused']);

export const hasRefused = ({ ended }: Call): boolean =>
  ended !== undefined && refusalCodes.has(ended.outcome);

export const hasAnswered = ({ ended }: Call): boolean => ended?.outcome === 'answer';

export const isEndedBefore = (call: Call, position: number): boolean => endOf(call) < position;

const endOf = ({ ended }: Call): number => ended?.position ?? Number.POSITIVE_INFINITY;

/** The place of a job's first ending, which is the one that counts. */
export const endedAt = ({ endings }: JobRecord): number => endings[0]?.position ?? Number.POSITIVE_INFINITY;

type Act = { environment: number; position: number };

/** Whether the environment that made a call or got a delivery was killed after it and before the place `until`. */
export const isKilledBetween = (record: RunRecord, act: Act, until: number): boolean =>
  (killAfter(record, act)?.position ?? until) < until;

const killAfter = (
  { kills }: RunRecord,
  { environment, position }: Act,
): Seen<'environment-killed'> | undefined => kills.get(environment)?.find((kill) => kill.position > position);
