import { effortFor, type Offer } from './catalogue.ts';
import type { Attempt, Job } from './job.ts';
import type { ModelReply, ModelRequest, ServiceTier } from './model.ts';
import type { Clock, Models } from './ports.ts';
import { costOf } from './price.ts';

/** No lane maps to another tier yet: cost is computed at the tier that was served, not at the one asked for. */
export const ASKED_TIER: ServiceTier = 'default';

type AttemptPorts = { clock: Clock; models: Models };

/** One call of one offer: what the provider said, and the record that stays with the job. */
export const attemptOffer = async (
  ports: AttemptPorts,
  job: Job,
  offer: Offer,
  timeoutMs: number,
): Promise<{ reply: ModelReply; attempt: Attempt }> => {
  const startedAtMs = ports.clock.now();
  const received = await callWithin(ports.clock, timeoutMs, (signal) =>
    ports.models.complete(offer.provider, requestFor(job, offer), signal),
  );
  const endedAtMs = ports.clock.now();
  const reply = storable(received);
  return { reply, attempt: recordOf(job, offer, reply, { startedAtMs, endedAtMs, timeoutMs }) };
};

/**
 * Calls a model and waits for at most `timeoutMs`. The call is told to stop by its signal; a call that does not
 * listen is left behind, so the bound holds either way.
 */
const callWithin = async (
  clock: Clock,
  timeoutMs: number,
  call: (signal: AbortSignal) => Promise<ModelReply>,
): Promise<ModelReply> => {
  const timer = clock.timer(timeoutMs);
  const calling = call(timer.signal);
  const expired = new Promise<ModelReply>((resolve) => {
    timer.signal.addEventListener('abort', () => resolve(afterSomeTurns(timedOut)));
  });
  try {
    return await Promise.race([calling, expired]);
  } finally {
    timer.cancel();
  }
};

/** A row holds 400 KB (DynamoDB's limit); what is not the answer stays well below the rest. */
const MAX_ANSWER_BYTES = 300 * 1024;

/** An answer that cannot be stored is no answer; asking again would only bring another one. */
const storable = (reply: ModelReply): ModelReply => {
  if (reply.kind === 'failure') return reply;
  const text = reply.text.toWellFormed();
  if (new TextEncoder().encode(text).byteLength <= MAX_ANSWER_BYTES) return { ...reply, text };
  const { usage, servedTier } = reply;
  return { kind: 'failure', failure: { kind: 'invalid', code: 'answer-too-large' }, usage, servedTier };
};

const timedOut: ModelReply = { kind: 'failure', failure: { kind: 'transient', code: 'timeout' } };

/** A call that listens to its signal may know better why it got nowhere, and needs a few turns to say so. */
const afterSomeTurns = async (reply: ModelReply): Promise<ModelReply> => {
  for (let turn = 0; turn < 16; turn += 1) await undefined;
  return reply;
};

const requestFor = ({ message, trace }: Job, offer: Offer): ModelRequest => ({
  modelId: offer.modelId,
  turns: message.input.messages,
  tier: ASKED_TIER,
  traceparent: trace.traceparent,
  ...(message.input.instructions && { instructions: message.input.instructions }),
  ...(message.options?.reasoningEffort && { effort: effortFor(offer, message.options.reasoningEffort) }),
  ...(message.options?.maxOutputTokens && { maxOutputTokens: message.options.maxOutputTokens }),
});

type Timing = { startedAtMs: number; endedAtMs: number; timeoutMs: number };

const recordOf = (job: Job, offer: Offer, reply: ModelReply, timing: Timing): Attempt => ({
  model: job.message.model,
  provider: offer.provider,
  modelId: offer.modelId,
  startedAtMs: timing.startedAtMs,
  durationMs: timing.endedAtMs - timing.startedAtMs,
  timeoutMs: timing.timeoutMs,
  outcome: reply.kind === 'answer' ? 'answer' : reply.failure.kind,
  ...(reply.kind === 'failure' && { code: reply.failure.code }),
  ...(reply.usage && { usage: reply.usage }),
  ...(reply.servedTier && { servedTier: reply.servedTier }),
  ...pricedAt(offer, reply, timing.endedAtMs),
});

const pricedAt = (
  offer: Offer,
  reply: ModelReply,
  nowMs: number,
): Pick<Attempt, 'costMicroUsd' | 'unpriced'> => {
  if (reply.usage === undefined)
    return { costMicroUsd: 0, ...(mayBeBilled(reply) && { unpriced: 'usage-unknown' }) };
  const cost = costOf(offer.prices, reply.usage, reply.servedTier ?? 'unknown', nowMs);
  return cost.kind === 'known' ? { costMicroUsd: cost.microUsd } : { costMicroUsd: 0, unpriced: cost.reason };
};

/** A call that broke off may be billed all the same; a provider that turned a request away does not bill it. */
const mayBeBilled = (reply: ModelReply): boolean =>
  reply.kind === 'answer' || reply.failure.kind === 'transient';
