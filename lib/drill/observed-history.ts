import type { LaneName } from '../pipeline/lane.ts';
import type { History, HistoryEvent, WrittenEnding } from '../simulation/history.ts';
import type { JobWrite } from './job-writes.ts';
import type { ModelCall } from './model-calls.ts';
import type { Sight } from './witness.ts';

/** A message that was sent; the rest is known once a worker has claimed its job. */
export type SentJob = { jobId: string; lane: LaneName; sentAtMs: number };

/** What an onlooker has: no word of the workers themselves is needed. */
export type Observed = {
  sent: readonly SentJob[];
  sights: readonly Sight[];
  calls: readonly ModelCall[];
  /** Jobs found in a dead-letter queue at the end. */
  deadLettered: readonly string[];
};

type Claimed = Extract<JobWrite, { status: 'running' }>;
type Ended = Exclude<JobWrite, { status: 'running' | 'queued' }>;
type Claim = Claimed & { atMs: number; environment: number };
type KnownCall = ModelCall & { callId: string };

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
  'acknowledged',
  'sent-back',
  'dead-lettered',
  'environment-killed',
];

/**
 * Puts together what was seen. Each invocation counts as an environment of its own, which may be killed in it. A call
 * is of whoever had claimed the job last when it started; a call that no job explains keeps its trace as job id.
 */
export const historyOf = ({ sent, sights: all, calls, deadLettered }: Observed): History => {
  const sights = ofJobs(all, new Set(sent.map(({ jobId }) => jobId)));
  const claims = claimsOf(sights);
  const known = calls.map((call, index) => ({ ...call, callId: `call-${index + 1}` }));
  const lastAtMs = sights.at(-1)?.atMs ?? 0;
  const events = [
    ...sent.map((job) => sentEvent(job, claims.get(job.jobId)?.[0])),
    ...sights.flatMap(deliveryEvents),
    ...callEvents(claims, known),
    ...endingEvents(claims, known, sights),
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

/** By job. */
const claimsOf = (sights: readonly Sight[]): ReadonlyMap<string, Claim[]> => {
  const holders = createHolders(sights);
  const claims = new Map<string, Claim[]>();
  for (const sight of sights) {
    holders.see(sight);
    if (sight.kind !== 'written' || sight.write.status !== 'running') continue;
    const { atMs, write } = sight;
    append(claims, write.jobId, { ...write, atMs, environment: holders.of(write.jobId) });
  }
  return claims;
};

/** Who has a job. Two invocations may have it at once; the one that dies is then taken for the one that acts. */
const createHolders = (sights: readonly Sight[]) => {
  const died = new Set(sights.flatMap((sight) => (isDeath(sight) ? [sight.invocation] : [])));
  const over = new Set<number>();
  const holders = new Map<string, number[]>();
  return {
    see: (sight: Sight): void => {
      if (sight.kind === 'invocation-over') over.add(sight.invocation);
      if (sight.kind !== 'delivered') return;
      for (const { jobId } of sight.messages) append(holders, jobId, sight.invocation);
    },
    of: (jobId: string): number => {
      const all = holders.get(jobId) ?? [];
      const alive = all.filter((invocation) => !over.has(invocation));
      // what a killed one had sent off may be applied after its end
      return alive.find((invocation) => died.has(invocation)) ?? alive.at(-1) ?? all.at(-1) ?? 0;
    },
  };
};

const isDeath = (sight: Sight): sight is Extract<Sight, { kind: 'invocation-over' }> & { atMs: number } =>
  sight.kind === 'invocation-over' && sight.environmentDied;

const append = <K, V>(lists: Map<K, V[]>, key: K, value: V): void => {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
};

const callEvents = (claims: ReadonlyMap<string, Claim[]>, calls: readonly KnownCall[]): HistoryEvent[] => {
  const byTrace = new Map([...claims.values()].flat().map((claim) => [claim.traceId, claim.jobId]));
  return calls.flatMap((call) => {
    const { callId, traceId = 'no trace', startedAtMs, endedAtMs } = call;
    const jobId = byTrace.get(traceId) ?? traceId;
    const claim = claims.get(jobId)?.findLast(({ atMs }) => atMs <= startedAtMs);
    const { provider, model: modelId } = call;
    const started = { jobId, callId, provider, modelId, environment: claim?.environment ?? 0, text: callId };
    const outcome = outcomes.get(call.outcome) ?? call.outcome;
    const ended = { kind: 'call-ended', callId, outcome, billed: billed.has(call.outcome) } as const;
    return [
      { kind: 'call-started', ...started, atMs: startedAtMs } as const,
      ...(endedAtMs === undefined ? [] : [{ ...ended, atMs: endedAtMs }]),
    ];
  });
};

const endingEvents = (
  claims: ReadonlyMap<string, Claim[]>,
  calls: readonly KnownCall[],
  sights: readonly Sight[],
): HistoryEvent[] => {
  const callsByTrace = Map.groupBy(calls, ({ traceId }) => traceId);
  return sights.flatMap((sight) => {
    if (sight.kind !== 'written' || !isEnded(sight.write)) return [];
    const { atMs, write } = sight;
    const { jobId, claimId } = write;
    const claim = claims.get(jobId)?.find((other) => other.claimId === claimId);
    const earlier = (callsByTrace.get(claim?.traceId) ?? []).filter(
      ({ endedAtMs = Infinity }) => endedAtMs <= atMs,
    );
    const environment = claim?.environment ?? 0;
    return [{ kind: 'ending-written', jobId, environment, ending: endingOf(write, earlier), atMs } as const];
  });
};

const isEnded = (write: JobWrite): write is Ended => write.status !== 'running' && write.status !== 'queued';

const endingOf = (write: Ended, earlier: readonly KnownCall[]): WrittenEnding => {
  switch (write.status) {
    case 'succeeded':
      return { status: write.status, source: write.answer.source, text: textOf(write.answer, earlier) };
    case 'failed':
      return { status: write.status, reason: write.reason };
    case 'expired':
      return { status: write.status };
  }
};

/** Models say the same to many, so a call's own name stands for its text: of the last that this answer may be from. */
const textOf = (
  answer: Extract<Ended, { status: 'succeeded' }>['answer'],
  calls: readonly KnownCall[],
): string => {
  if (answer.source !== 'model') return answer.text;
  const from = calls.findLast(
    ({ provider, model, outcome }) =>
      outcome === 'answered' && provider === answer.provider && model === answer.modelId,
  );
  return from?.callId ?? `an answer of ${answer.provider} ${answer.modelId} that it never gave`;
};

/** How many calls of each job were billed; jobs without one are absent. */
export const billedCalls = (history: History): ReadonlyMap<string, number> => {
  const paid = new Set(history.flatMap((event) => (isBilled(event) ? [event.callId] : [])));
  const counts = new Map<string, number>();
  for (const event of history)
    if (event.kind === 'call-started' && paid.has(event.callId))
      counts.set(event.jobId, (counts.get(event.jobId) ?? 0) + 1);
  return counts;
};

const isBilled = (event: HistoryEvent): event is Extract<HistoryEvent, { kind: 'call-ended' }> =>
  event.kind === 'call-ended' && event.billed;
