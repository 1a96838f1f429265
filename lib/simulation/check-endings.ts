import { budgetOf } from '../pipeline/money/budget.ts';
import { tenantOf } from './check-budgets.ts';
import {
  endedAt,
  hasAnswered,
  hasRefused,
  isEndedBefore,
  isKilledBetween,
  type Rules,
  type Run,
} from './check-calls.ts';
import { type JobRecord, ofCall, ofJob, type RunRecord, type Seen, type Violation } from './check-record.ts';

type Written = Seen<'ending-written'>;

/** Judges how one job ended and left its lane: once, in time, with what it earned. */
export const checkEndings = ({ record, rules }: Run, job: JobRecord): Violation[] => [
  ...countOfEndings(rules, job),
  ...departures(job),
  ...newsOfEnding(rules, job),
  ...discardedAnswers(record, job),
  ...job.endings.flatMap((written) => [
    ...timeOfEnding(rules, job, written),
    ...sourceOfText(record, job, written),
    ...causeOfFailure({ record, rules }, job, written),
  ]),
];

const countOfEndings = ({ isComplete }: Rules, job: JobRecord): Violation[] => {
  const [first, ...more] = job.endings;
  if (first === undefined)
    return isComplete ? [ofJob('lost', job, `, sent at ${job.sentAtMs} ms, has no ending`)] : [];
  return more.map((again) => ofJob('ended-twice', job, ` ${nameOf(first)}, and again ${nameOf(again)}`));
};

/** An acknowledgement before the ending would lose the job in a crash, even where none came. */
const departures = (job: JobRecord): Violation[] => {
  const early = job.acknowledgements.filter(({ position }) => position < endedAt(job));
  return [
    ...early.map(({ atMs }) =>
      ofJob(
        'acknowledged-before-ending',
        job,
        ` was acknowledged at ${atMs} ms, before its ending was written`,
      ),
    ),
    // Every job of a history was fit to run: what does not parse is never `sent`.
    ...job.deadLetters.map(({ atMs, receives }) =>
      ofJob('dead-lettered', job, ` was dead-lettered at ${atMs} ms, after ${receives} receives`),
    ),
  ];
};

/** Every ending is told, before its message is gone, as what it was, and under one name. */
const newsOfEnding = ({ isComplete }: Rules, job: JobRecord): Violation[] => {
  const { endings, news, acknowledgements } = job;
  const [written] = endings;
  const [told] = news;
  const toldAt = told?.position ?? Number.POSITIVE_INFINITY;
  const early = acknowledgements.filter(({ position }) => position < toldAt && position > endedAt(job));
  const wrong = news.filter(
    ({ status, eventId }) => status !== written?.ending.status || eventId !== told?.eventId,
  );
  return [
    ...(isComplete && written !== undefined && told === undefined
      ? [ofJob('untold', job, ` ${nameOf(written)}, and nobody was told`)]
      : []),
    ...(toldAt < endedAt(job)
      ? [ofJob('told-before-ending', job, ` was told to have ended before it had`)]
      : []),
    ...early.map(({ atMs }) =>
      ofJob(
        'acknowledged-untold',
        job,
        ` was acknowledged at ${atMs} ms, before anybody was told of its end`,
      ),
    ),
    ...wrong.map(({ atMs, status, eventId }) =>
      ofJob('told-wrong', job, ` was told at ${atMs} ms to have ended ${status}, as ${eventId}`),
    ),
  ];
};

/** A job ends with the answer that a living environment held; one from after the deadline may give way to `expired`. */
const discardedAnswers = (record: RunRecord, job: JobRecord): Violation[] => {
  const [written] = job.endings;
  if (written === undefined || isFromModel(written) || written.ending.status === 'canceled') return [];
  const latestAtMs = written.ending.status === 'expired' ? job.firstDeadlineAtMs : Number.POSITIVE_INFINITY;
  return job.calls
    .filter((call) => hasAnswered(call) && isEndedBefore(call, written.position))
    .filter(({ ended }) => ended !== undefined && ended.atMs < latestAtMs)
    .filter((call) => !isKilledBetween(record, call, written.position))
    .map((call) =>
      ofCall('answer-discarded', call, ` answered at ${call.ended?.atMs} ms; the job ${nameOf(written)}`),
    );
};

const timeOfEnding = (rules: Rules, job: JobRecord, written: Written): Violation[] => {
  const { firstDeadlineAtMs, lastDeadlineAtMs } = job;
  const lateMs = written.atMs - lastDeadlineAtMs;
  if (written.ending.status !== 'expired')
    return lateMs > rules.endingSlackMs
      ? [ofJob('ended-late', job, ` ${nameOf(written)}, ${lateMs} ms after its deadline`)]
      : [];
  return written.atMs < firstDeadlineAtMs
    ? [ofJob('expired-early', job, ` ${nameOf(written)}, before its deadline of ${firstDeadlineAtMs} ms`)]
    : [];
};

/** A text comes from where its ending says: this job's own call, an earlier answer to this user, or no model at all. */
const sourceOfText = (record: RunRecord, job: JobRecord, { ending, position }: Written): Violation[] => {
  if (ending.status !== 'succeeded') return [];
  const { source, text } = ending;
  switch (source) {
    case 'model':
      if (isAnsweredBefore(job, text, position)) return [];
      return [ofJob('answer-unearned', job, ` has as its model's answer ${originOf(record, job, text)}`)];
    case 'cache':
      if (isKeptBefore(record, job, text, position)) return [];
      return [
        ofJob(
          'cached-answer-unearned',
          job,
          " has a cached text that no earlier job of its user's ended with",
        ),
      ];
    case 'default':
      if (!record.callsByText.has(text)) return [];
      return [ofJob('default-answer-from-model', job, ` has as its default ${originOf(record, job, text)}`)];
  }
};

const isAnsweredBefore = ({ calls }: JobRecord, text: string, position: number): boolean =>
  calls.some((call) => call.text === text && hasAnswered(call) && isEndedBefore(call, position));

const isKeptBefore = (
  { modelTexts }: RunRecord,
  { user }: JobRecord,
  text: string,
  position: number,
): boolean => (modelTexts.get(user)?.get(text) ?? position) < position;

const originOf = ({ callsByText }: RunRecord, { jobId }: JobRecord, text: string): string => {
  const call = callsByText.get(text);
  if (call === undefined) return 'a text that no call brought';
  if (call.jobId !== jobId) return `the text of call ${call.callId} of job ${call.jobId}`;
  const end = call.ended ? `ended with ${call.ended.outcome} at ${call.ended.atMs} ms` : 'never ended';
  return `the text of its call ${call.callId}, which ${end}`;
};

const causeOfFailure = (run: Run, job: JobRecord, written: Written): Violation[] =>
  hasCause(run, job, written)
    ? []
    : [ofJob('failed-without-cause', job, ` ${nameOf(written)}, for which nothing had happened`)];

/** Only reasons that a history can confirm are judged: a circuit or a quota leaves no event. */
const hasCause = ({ record, rules }: Run, job: JobRecord, { ending, position }: Written): boolean => {
  if (ending.status !== 'failed') return true;
  switch (ending.reason) {
    case 'refused':
      return job.calls.some((call) => hasRefused(call) && isEndedBefore(call, position));
    case 'processor-not-allowed':
      return job.sends.some(({ allowedProcessors }) => allowedProcessors !== undefined);
    case 'budget-exhausted':
      return budgetOf(rules.budgets, tenantOf(job)) !== undefined;
    case 'attempts-exhausted':
      return job.calls.length > 0 || job.deliveries.some((given) => isKilledBetween(record, given, position));
    default:
      return true;
  }
};

const isFromModel = ({ ending }: Written): boolean =>
  ending.status === 'succeeded' && ending.source === 'model';

const nameOf = ({ ending, atMs }: Written): string => {
  switch (ending.status) {
    case 'succeeded':
      return `succeeded (${ending.source}) at ${atMs} ms`;
    case 'failed':
      return `failed (${ending.reason}) at ${atMs} ms`;
    case 'expired':
    case 'canceled':
      return `${ending.status} at ${atMs} ms`;
  }
};
