import type { LaneName } from '../../pipeline/job/lane.ts';
import { limitCodes } from '../../pipeline/model/model.ts';
import type { History, HistoryEvent, WrittenEnding } from '../../simulation/history.ts';
import type { ModelCall } from '../rig/model-calls.ts';
import type { News } from '../rig/news-box.ts';
import { type Claim, type ClaimCall, claimsOf, isDeath, type KnownCall } from './claims.ts';
import type { JobWrite } from './job-writes.ts';
import type { Sight } from './witness.ts';

/** A message that was sent; the rest is known once a worker has claimed its job. */
export type SentJob = { jobId: string; lane: LaneName; sentAtMs: number };

/** What an onlooker has: messages, writes that the table applied, the calls as the models saw them, and the news. */
export type Observed = {
  sent: readonly SentJob[];
  sights: readonly Sight[];
  calls: readonly ModelCall[];
  news: readonly News[];
  /** Jobs found in a dead-letter queue at the end. */
  deadLettered: readonly string[];
};

type Ended = Exclude<JobWrite, { status: 'running' | 'queued' }>;

/** What a model server bills, by how the call ended. */
const billed = new Set(['answered', 'incomplete', 'refused', 'malformed', 'corrupt', 'cut']);

/** How the history names what the model server names otherwise. */
const outcomes: ReadonlyMap<string, string> = new Map([
  ['answered', 'answer'],
  ['aborted', 'hung-up'],
  ['refused', 'model-refused'],
]);

/** Of one ms: causes before effects. */
const order: readonly HistoryEvent['kind'][] = [
  'sent',
  'delivered',
  'call-started',
  'call-ended',
  'ending-written',
  'end-told',
  'acknowledged',
  'sent-back',
  'dead-lettered',
  'environment-killed',
];

/**
 * Puts together what was seen. Each invocation counts as an environment of its own, which may be killed in it. A call
 * that no claim explains keeps its trace as job id.
 */
export const historyOf = ({ sent, sights: all, calls, news, deadLettered }: Observed): History => {
  const jobIds = new Set(sent.map(({ jobId }) => jobId));
  const sights = ofJobs(all, jobIds);
  const known = calls.map((call, index) => ({ ...call, callId: `call-${index + 1}` }));
  const claims = claimsOf(sights, known);
  const lastAtMs = sights.at(-1)?.atMs ?? 0;
  const events = [
    ...sent.map((job) => sentEvent(job, claims.get(job.jobId)?.[0])),
    ...sights.flatMap(deliveryEvents),
    ...callEvents(claims, known, deathsOf(sights)),
    ...endingEvents(claims, sights),
    ...news.filter(({ event }) => jobIds.has(event.jobId)).map(newsEvent),
    ...deadLettered.map((jobId) => ({ kind: 'dead-lettered' as const, jobId, receives: 0, atMs: lastAtMs })),
  ];
  return events.sort(
    (one, other) => one.atMs - other.atMs || order.indexOf(one.kind) - order.indexOf(other.kind),
  );
};

/** Messages that are no jobs are none of a history's business. */
const ofJobs = (sights: readonly Sight[], jobIds: ReadonlySet<string>): Sight[] =>
  sights.map((sight) =>
    sight.kind === 'delivered'
      ? { ...sight, messages: sight.messages.filter(({ jobId }) => jobIds.has(jobId)) }
      : sight,
  );

const sentEvent = ({ jobId, lane, sentAtMs }: SentJob, claim: Claim | undefined): HistoryEvent => ({
  kind: 'sent',
  jobId,
  lane,
  user: claim?.creatorId ?? jobId,
  atMs: Math.min(sentAtMs, claim?.enqueuedAtMs ?? sentAtMs),
  deadlineAtMs: claim?.deadlineAtMs ?? Number.POSITIVE_INFINITY,
});

const newsEvent = ({ atMs, event: { jobId, eventId, status } }: News): HistoryEvent => ({
  kind: 'end-told',
  jobId,
  eventId,
  status,
  atMs,
});

const deliveryEvents = (sight: Sight): HistoryEvent[] => {
  const { atMs } = sight;
  if (sight.kind === 'delivered')
    return sight.messages.map((message) => ({
      kind: 'delivered',
      ...message,
      environment: sight.invocation,
      atMs,
    }));
  if (sight.kind === 'invocation-over' && sight.environmentDied)
    return [{ kind: 'environment-killed', environment: sight.invocation, atMs }];
  return [];
};

/** When invocations died, by their numbers. */
const deathsOf = (sights: readonly Sight[]): ReadonlyMap<number, number> =>
  new Map(sights.flatMap((sight) => (isDeath(sight) ? [[sight.invocation, sight.atMs] as const] : [])));

const callEvents = (
  claims: ReadonlyMap<string, readonly Claim[]>,
  calls: readonly KnownCall[],
  deaths: ReadonlyMap<number, number>,
): HistoryEvent[] => {
  const callers = new Map(
    [...claims.values()].flat().flatMap((claim) => claim.calls.map((call) => [call.callId, { claim, call }])),
  );
  return calls.flatMap((call) => {
    const { callId, provider, model: modelId, traceId = 'no trace', startedAtMs, endedAtMs } = call;
    const caller = callers.get(callId);
    const { jobId = traceId, environment = 0 } = caller?.claim ?? {};
    const started = { jobId, callId, provider, modelId, environment, text: callId };
    // a request that was on its way may reach the model after its sender's death
    const sentAtMs = Math.min(startedAtMs, deaths.get(environment) ?? startedAtMs);
    const outcome = outcomeOf(caller?.call ?? call);
    const ended = { kind: 'call-ended', callId, outcome, billed: billed.has(call.outcome) } as const;
    return [
      { kind: 'call-started', ...started, atMs: sentAtMs } as const,
      ...(endedAtMs === undefined ? [] : [{ ...ended, atMs: endedAtMs }]),
    ];
  });
};

/** A worker may have given a call up just as the last of the answer left: then its own word is what happened to it. */
const outcomeOf = ({ outcome, attempt }: ClaimCall): string =>
  outcome === 'answered' && attempt !== undefined && attempt.outcome !== 'answer'
    ? (attempt.code ?? attempt.outcome)
    : (outcomes.get(outcome) ?? outcome);

const endingEvents = (
  claims: ReadonlyMap<string, readonly Claim[]>,
  sights: readonly Sight[],
): HistoryEvent[] =>
  sights.flatMap((sight) => {
    if (sight.kind !== 'written' || !isEnded(sight.write)) return [];
    const { atMs, write } = sight;
    const ofJob = claims.get(write.jobId) ?? [];
    const { environment = 0 } = ofJob.find(({ claimId }) => claimId === write.claimId) ?? {};
    const earlier = ofJob
      .flatMap(({ calls }) => calls)
      .filter(({ endedAtMs = Infinity }) => endedAtMs <= atMs);
    const ending = endingOf(write, earlier);
    return [{ kind: 'ending-written', jobId: write.jobId, environment, ending, atMs } as const];
  });

const isEnded = (write: JobWrite): write is Ended => write.status !== 'running' && write.status !== 'queued';

const endingOf = (write: Ended, earlier: readonly KnownCall[]): WrittenEnding => {
  switch (write.status) {
    case 'succeeded':
      return { status: write.status, source: write.answer.source, text: textOf(write.answer, earlier) };
    case 'failed':
      return { status: write.status, reason: write.reason };
    case 'expired':
    case 'canceled':
      return { status: write.status };
  }
};

/** Texts are sealed, so a call's own name stands for its text: of the last that this answer may be from. */
const textOf = (
  answer: Extract<Ended, { status: 'succeeded' }>['answer'],
  calls: readonly KnownCall[],
): string => {
  if (answer.source !== 'model') return `the ${answer.source} answer`;
  const from = calls.findLast(
    ({ provider, model, outcome }) =>
      outcome === 'answered' && provider === answer.provider && model === answer.modelId,
  );
  return from?.callId ?? `an answer of ${answer.provider} ${answer.modelId} that it never gave`;
};

/** How many calls of each job have brought an answer that was heard or cost its worker's life; jobs without are absent. */
export const answersOf = (history: History): ReadonlyMap<string, number> => {
  const answers = new Set(history.flatMap((event) => (isAnswer(event) ? [event.callId] : [])));
  const counts = new Map<string, number>();
  for (const event of history)
    if (event.kind === 'call-started' && answers.has(event.callId))
      counts.set(event.jobId, (counts.get(event.jobId) ?? 0) + 1);
  return counts;
};

type CallEnd = Extract<HistoryEvent, { kind: 'call-ended' }>;

const isAnswer = (event: HistoryEvent): event is CallEnd =>
  event.kind === 'call-ended' && event.outcome === 'answer';

const isBilled = (event: HistoryEvent): event is CallEnd => event.kind === 'call-ended' && event.billed;

/** Billed answers that a worker's own limits had given up on as they came. */
export const answersGivenUp = (history: History): number =>
  history.filter((event) => isBilled(event) && limitCodes.some((code) => code === event.outcome)).length;
