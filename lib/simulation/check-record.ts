import type { LaneName } from '../pipeline/job/lane.ts';
import type { History, HistoryEvent } from './history.ts';

type Kind = HistoryEvent['kind'];

/** An event with its place in the history, which orders events of one millisecond. */
export type Seen<K extends Kind> = Extract<HistoryEvent, { kind: K }> & { position: number };

export type Call = Seen<'call-started'> & { ended?: Seen<'call-ended'> };

/** All that happened to one job. Its lane and user are those of its first message. */
export type JobRecord = {
  jobId: string;
  lane: LaneName;
  user: string;
  sentAtMs: number;
  /** A job that is sent again may bring another deadline; these are the first and the last to pass. */
  firstDeadlineAtMs: number;
  lastDeadlineAtMs: number;
  sends: Seen<'sent'>[];
  deliveries: Seen<'delivered'>[];
  calls: Call[];
  endings: Seen<'ending-written'>[];
  /** Of its end. */
  news: Seen<'end-told'>[];
  acknowledgements: Seen<'acknowledged'>[];
  sendsBack: Seen<'sent-back'>[];
  deadLetters: Seen<'dead-lettered'>[];
  /** Environments that have had the job, and those that have not called anyone since they last got it. */
  environments: Set<number>;
  aboutToStart: Set<number>;
};

/** The first call of a run of a job. A job that runs again, after a kill or a deferral, starts again. */
export type Start = { jobId: string; atMs: number; isAgain: boolean };

export type RunRecord = {
  jobs: Map<string, JobRecord>;
  calls: Map<string, Call>;
  callsByText: Map<string, Call>;
  startsByUser: Map<string, Start[]>;
  kills: Map<number, Seen<'environment-killed'>[]>;
  /** By user, the texts that endings of source `model` had, with the place of the first. */
  modelTexts: Map<string, Map<string, number>>;
  budgets: Seen<'budget-recorded'>[];
  endedAtMs: number;
};

/** What was promised and not kept, with a sentence for people. */
export type Violation = { sentence: string } & (
  | { kind: 'broken-record'; atMs: number }
  | { kind: JobViolation; jobId: string }
  | { kind: CallViolation; jobId: string; callId: string }
  | { kind: 'too-many-starts'; jobId: string; user: string }
  | { kind: 'budget-undercounted'; tenantId: string }
);

export type JobViolation =
  | 'unknown-job'
  | 'not-delivered'
  | 'lost'
  | 'ended-twice'
  | 'ended-late'
  | 'expired-early'
  | 'acknowledged-before-ending'
  | 'acknowledged-untold'
  | 'untold'
  | 'told-before-ending'
  | 'told-wrong'
  | 'dead-lettered'
  | 'answer-unearned'
  | 'cached-answer-unearned'
  | 'default-answer-from-model'
  | 'failed-without-cause';

export type CallViolation =
  | 'answer-discarded'
  | 'call-outlives-ending'
  | 'call-after-ending'
  | 'call-never-ended'
  | 'call-started-late'
  | 'call-outlives-deadline'
  | 'paid-twice-unexplained'
  | 'processor-not-allowed'
  | 'refusal-shopped-around'
  | 'refusal-overruled'
  | 'paid-past-budget';

type Reading = { record: RunRecord; violations: Violation[] };

/** Sorts a history by job, call, user and environment, and finds what cannot have happened as recorded. */
export const checkRecord = (history: History): Reading => {
  const reading: Reading = { record: emptyRecord(), violations: [] };
  history.forEach((event, position) => {
    readTime(reading, event);
    readEvent(reading, event, position);
  });
  return reading;
};

const emptyRecord = (): RunRecord => ({
  jobs: new Map(),
  calls: new Map(),
  callsByText: new Map(),
  startsByUser: new Map(),
  kills: new Map(),
  modelTexts: new Map(),
  budgets: [],
  endedAtMs: Number.NEGATIVE_INFINITY,
});

const readTime = (reading: Reading, { atMs, kind }: HistoryEvent): void => {
  const { endedAtMs } = reading.record;
  if (atMs < endedAtMs)
    reportBroken(reading, atMs, `A ${kind} of ${atMs} ms follows an event of ${endedAtMs} ms`);
  else reading.record.endedAtMs = atMs;
};

const readEvent = (reading: Reading, event: HistoryEvent, position: number): void => {
  switch (event.kind) {
    case 'sent':
      readSent(reading.record, { ...event, position });
      break;
    case 'call-ended':
      readCallEnd(reading, { ...event, position });
      break;
    case 'environment-killed':
      append(reading.record.kills, event.environment, { ...event, position });
      break;
    case 'budget-recorded':
      reading.record.budgets.push({ ...event, position });
      break;
    default:
      readEventOfJob(reading, event, position);
  }
};

type EventOfJob = Exclude<
  HistoryEvent,
  { kind: 'sent' | 'call-ended' | 'environment-killed' | 'budget-recorded' }
>;

type StepOfJob = Exclude<EventOfJob, { kind: 'call-started' }>;

const readEventOfJob = (reading: Reading, event: EventOfJob, position: number): void => {
  const job = reading.record.jobs.get(event.jobId);
  if (event.kind === 'call-started') readCallStart(reading, job, { ...event, position });
  if (job === undefined) reportUnknownJob(reading, event);
  else {
    requireDelivery(reading, job, event);
    if (event.kind !== 'call-started') readStepOfJob(reading.record, job, event, position);
  }
};

const readStepOfJob = (record: RunRecord, job: JobRecord, event: StepOfJob, position: number): void => {
  switch (event.kind) {
    case 'delivered':
      readDelivery(job, { ...event, position });
      break;
    case 'ending-written':
      readEnding(record, job, { ...event, position });
      break;
    case 'end-told':
      job.news.push({ ...event, position });
      break;
    case 'acknowledged':
      job.acknowledgements.push({ ...event, position });
      break;
    case 'sent-back':
      job.sendsBack.push({ ...event, position });
      break;
    case 'dead-lettered':
      job.deadLetters.push({ ...event, position });
      break;
  }
};

const readSent = ({ jobs }: RunRecord, sent: Seen<'sent'>): void => {
  const job = jobs.get(sent.jobId) ?? newJob(sent);
  job.sends.push(sent);
  job.firstDeadlineAtMs = Math.min(job.firstDeadlineAtMs, sent.deadlineAtMs);
  job.lastDeadlineAtMs = Math.max(job.lastDeadlineAtMs, sent.deadlineAtMs);
  jobs.set(sent.jobId, job);
};

const newJob = ({ jobId, lane, user, atMs, deadlineAtMs }: Seen<'sent'>): JobRecord => ({
  jobId,
  lane,
  user,
  sentAtMs: atMs,
  firstDeadlineAtMs: deadlineAtMs,
  lastDeadlineAtMs: deadlineAtMs,
  sends: [],
  deliveries: [],
  calls: [],
  endings: [],
  news: [],
  acknowledgements: [],
  sendsBack: [],
  deadLetters: [],
  environments: new Set(),
  aboutToStart: new Set(),
});

const readDelivery = (job: JobRecord, delivered: Seen<'delivered'>): void => {
  job.deliveries.push(delivered);
  job.environments.add(delivered.environment);
  job.aboutToStart.add(delivered.environment);
};

/** A call of an unknown job is kept too, so that its end is not reported as well. */
const readCallStart = (reading: Reading, job: JobRecord | undefined, call: Call): void => {
  const { calls, callsByText } = reading.record;
  if (calls.has(call.callId)) reportBroken(reading, call.atMs, `Call ${call.callId} starts twice`);
  else if (callsByText.has(call.text))
    reportBroken(reading, call.atMs, `Call ${call.callId} has another's text`);
  else {
    calls.set(call.callId, call);
    callsByText.set(call.text, call);
    if (job !== undefined) readCallOfJob(reading.record, job, call);
  }
};

const readCallOfJob = ({ startsByUser }: RunRecord, job: JobRecord, call: Call): void => {
  const { jobId, user, calls, aboutToStart } = job;
  if (aboutToStart.delete(call.environment))
    append(startsByUser, user, { jobId, atMs: call.atMs, isAgain: calls.length > 0 });
  calls.push(call);
};

const readCallEnd = (reading: Reading, ended: Seen<'call-ended'>): void => {
  const call = reading.record.calls.get(ended.callId);
  if (call === undefined) reportBroken(reading, ended.atMs, `Call ${ended.callId} ends and never started`);
  else if (call.ended) reportBroken(reading, ended.atMs, `Call ${ended.callId} ends twice`);
  else call.ended = ended;
};

const readEnding = (record: RunRecord, job: JobRecord, written: Seen<'ending-written'>): void => {
  const { ending, position } = written;
  job.endings.push(written);
  if (ending.status === 'succeeded' && ending.source === 'model')
    readModelText(record, job.user, ending.text, position);
};

const readModelText = ({ modelTexts }: RunRecord, user: string, text: string, position: number): void => {
  const texts = modelTexts.get(user) ?? new Map<string, number>();
  if (!texts.has(text)) texts.set(text, position);
  modelTexts.set(user, texts);
};

/**
 * Only an environment that was given a job may act on it. Acts of a killed one are not refused: what it had
 * already sent off may arrive after its end.
 */
const requireDelivery = ({ violations }: Reading, job: JobRecord, event: EventOfJob): void => {
  if (event.kind === 'delivered' || event.kind === 'dead-lettered' || event.kind === 'end-told') return;
  const { kind, environment, atMs } = event;
  if (job.environments.has(environment)) return;
  const what = ` was never delivered to environment ${environment}, whose ${kind} is of ${atMs} ms`;
  violations.push(ofJob('not-delivered', job, what));
};

const reportUnknownJob = ({ violations }: Reading, event: EventOfJob): void => {
  violations.push(
    ofJob('unknown-job', event, ` had not been sent before its ${event.kind} of ${event.atMs} ms`),
  );
};

const reportBroken = ({ violations }: Reading, atMs: number, what: string): void => {
  violations.push({ kind: 'broken-record', atMs, sentence: `${what} (at ${atMs} ms).` });
};

const append = <K, V>(lists: Map<K, V[]>, key: K, value: V): void => {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
};

export const ofJob = (kind: JobViolation, { jobId }: { jobId: string }, what: string): Violation => ({
  kind,
  jobId,
  sentence: `Job ${jobId}${what}.`,
});

export const ofCall = (kind: CallViolation, { jobId, callId }: Call, what: string): Violation => ({
  kind,
  jobId,
  callId,
  sentence: `Call ${callId} of job ${jobId}${what}.`,
});
