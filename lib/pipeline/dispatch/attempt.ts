import type { Attempt, Job } from '../job/job.ts';
import type { CallLimits } from '../model/call-limits.ts';
import { effortFor, type Offer } from '../model/catalogue.ts';
import { guessUsage } from '../model/estimate-tokens.ts';
import type { ModelFailure, ModelName, ModelReply, ModelRequest, ServiceTier } from '../model/model.ts';
import { type Cost, costOf, costOfGuess } from '../money/price.ts';
import type { Chance, Clock, Models } from '../ports.ts';
import { callIdOf, withSpan } from './call-id.ts';
import { type Watched, watchedCall } from './watched-call.ts';

type AttemptPorts = { clock: Clock; chance: Chance; models: Models };

/** One call to make: whose model, and how long it may take. */
export type Call = {
  job: Job;
  /** Whose prompts begin alike (ModelRequest). */
  cacheGroup: string;
  model: ModelName;
  offer: Offer;
  /** The tier that is asked for: one that the offer sells. */
  tier: ServiceTier;
  limits: CallLimits;
  /** The total is shorter than the model's own timeout: running into it says nothing about the provider. */
  isCutShort: boolean;
};

/** One call of one offer: what the provider said, how long it took, and the record that stays with the job. */
export const attemptOffer = async (
  ports: AttemptPorts,
  call: Call,
): Promise<Omit<Watched, 'firstEventMs'> & { attempt: Attempt }> => {
  const startedAtMs = ports.clock.now();
  const { offer, limits } = call;
  const callId = callIdOf(ports.chance.newId());
  const watched = await watchedCall(ports.clock, limits, (watch) =>
    ports.models.complete(offer.provider, requestFor(call, callId), watch),
  );
  const endedAtMs = ports.clock.now();
  const reply = ownTimeout(storable(watched.reply), call);
  return {
    ...watched,
    reply,
    attempt: recordOf(call, { ...watched, reply }, { callId, startedAtMs, endedAtMs }),
  };
};

const ownTimeout = (reply: ModelReply, { isCutShort }: Call): ModelReply =>
  isCutShort && reply.kind === 'failure' && reply.failure.code === 'timeout'
    ? { ...reply, failure: { ...reply.failure, code: 'own-timeout' } }
    : reply;

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

const requestFor = (
  { job: { message, trace }, cacheGroup, offer, tier }: Call,
  callId: string,
): ModelRequest => ({
  modelId: offer.modelId,
  turns: message.input.messages,
  tier,
  cacheGroup,
  traceparent: withSpan(trace.traceparent, callId),
  ...(message.input.instructions && { instructions: message.input.instructions }),
  ...(message.options?.reasoningEffort && { effort: effortFor(offer, message.options.reasoningEffort) }),
  ...(message.options?.maxOutputTokens && { maxOutputTokens: message.options.maxOutputTokens }),
});

type Span = { callId: string; startedAtMs: number; endedAtMs: number };

const recordOf = (call: Call, watched: Watched, span: Span): Attempt => {
  const { model, offer, tier, limits } = call;
  const { reply, reached, firstEventMs } = watched;
  return {
    callId: span.callId,
    model,
    provider: offer.provider,
    modelId: offer.modelId,
    startedAtMs: span.startedAtMs,
    durationMs: span.endedAtMs - span.startedAtMs,
    ...(reached !== undefined && { limits }),
    ...(firstEventMs !== undefined && { firstEventMs }),
    outcome: reply.kind === 'answer' ? 'answer' : reply.failure.kind,
    ...(reply.kind === 'failure' && saidOf(reply.failure)),
    ...(reply.usage && { usage: reply.usage }),
    ...(reply.servedTier && { servedTier: reply.servedTier }),
    ...(reply.servedTier !== tier && { askedTier: tier }),
    ...pricedAt(call, reply, span.endedAtMs),
  };
};

const saidOf = ({ code, retryAfterMs }: ModelFailure): Pick<Attempt, 'code' | 'retryAfterMs'> => ({
  code,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

const pricedAt = (
  call: Call,
  reply: ModelReply,
  nowMs: number,
): Pick<Attempt, 'costMicroUsd' | 'unpriced'> => {
  if (reply.usage === undefined && !mayBeBilled(reply)) return { costMicroUsd: 0 };
  const cost = costOfReply(call, reply, nowMs);
  return cost.kind === 'known'
    ? { costMicroUsd: cost.microUsd }
    : { costMicroUsd: cost.microUsd, unpriced: cost.reason };
};

const costOfReply = ({ job, offer, tier }: Call, { usage, servedTier }: ModelReply, nowMs: number): Cost =>
  usage === undefined
    ? costOfGuess(offer.prices, guessUsage(job.message), tier, nowMs)
    : costOf(offer.prices, usage, servedTier ?? 'unknown', nowMs);

/** Once a reply has begun it may be billed, however it ends; a request that was turned away or never sent is not. */
const mayBeBilled = (reply: ModelReply): boolean =>
  reply.kind === 'answer' || (reply.unbilled !== true && BEGUN.has(reply.failure.kind));

/** What a reply may come to that has begun. The others are said before it: no key, no balance, a wait. */
const BEGUN: ReadonlySet<ModelFailure['kind']> = new Set(['transient', 'refused', 'invalid']);
