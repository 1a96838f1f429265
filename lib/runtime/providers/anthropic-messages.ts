import * as z from 'zod/mini';
import type { ModelReply, ModelRequest, ReasoningEffort, ServiceTier } from '../../pipeline/model/model.ts';
import { anthropicError, anthropicErrorInside, anthropicStreamError } from './anthropic-errors.ts';
import { type Billing, emptyAnswer, failedReply, malformedReply, modelRefused } from './failed-reply.ts';
import { createMessageAssembly, type MessageAssembly } from './message-assembly.ts';
import { parseJson } from './parse-json.ts';
import { type Connection, createProvider, type Provider } from './provider.ts';
import type { ReplyStream, StreamStep } from './read-stream.ts';
import type { ServerSentEvent } from './sse-parser.ts';
import { tokenCount } from './token-count.ts';

/** The API has no default for it. */
const DEFAULT_MAX_OUTPUT_TOKENS = 4096;

/** Anthropic's Messages API. The base URL is without the version: `https://api.anthropic.com`. */
export const createAnthropic = (connection: Connection): Provider =>
  createProvider(
    { path: '/v1/messages', headers, body: requestBody, openStream, readReply, readError: anthropicError },
    connection,
  );

const headers = (key: string) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' });

const requestBody = (request: ModelRequest) => ({
  model: request.modelId,
  max_tokens: request.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS,
  ...(request.instructions !== undefined && { system: cached(request.instructions) }),
  messages: request.turns.map(({ role, content }) => ({ role, content })),
  service_tier: askedTier(request.tier),
  stream: true,
  ...(request.effort !== undefined && { output_config: { effort: askedEffort(request.effort) } }),
});

/** Kept for five minutes from its last use. What is too short to be kept is charged as if it were not marked. */
const cached = (text: string) => [{ type: 'text', text, cache_control: { type: 'ephemeral' } }];

/** `auto` uses the priority capacity of an organisation that has some. There is no synchronous tier below standard. */
const askedTier = (tier: ServiceTier): 'auto' | 'standard_only' =>
  tier === 'priority' ? 'auto' : 'standard_only';

const askedEffort = (effort: ReasoningEffort) => (effort === 'minimal' ? 'low' : effort);

/** `input_tokens` is what came after the last cache breakpoint: reads from and writes to the cache are counted apart. */
const usage = z
  .pipe(
    z.object({
      input_tokens: tokenCount,
      cache_read_input_tokens: z.nullish(tokenCount),
      cache_creation_input_tokens: z.nullish(tokenCount),
      output_tokens: tokenCount,
      output_tokens_details: z.nullish(z.object({ thinking_tokens: z.nullish(tokenCount) })),
    }),
    z.transform((wire) => ({
      inputTokens:
        wire.input_tokens + (wire.cache_read_input_tokens ?? 0) + (wire.cache_creation_input_tokens ?? 0),
      cachedInputTokens: wire.cache_read_input_tokens ?? 0,
      cacheWriteTokens: wire.cache_creation_input_tokens ?? 0,
      outputTokens: wire.output_tokens,
      reasoningTokens: wire.output_tokens_details?.thinking_tokens ?? 0,
    })),
  )
  .check(z.refine((it) => it.reasoningTokens <= it.outputTokens));

const billed = z.object({ usage });
const tiered = z.object({ usage: z.object({ service_tier: z.string() }) });

const block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.enum(['thinking', 'redacted_thinking']) }),
]);

const stopped = z.object({ type: z.literal('message'), stop_reason: z.string() });
const message = z.object({ content: z.array(block) });

const readReply = (body: unknown): ModelReply => {
  const billing = readBilling(body);
  switch (stopped.safeParse(body).data?.stop_reason) {
    case 'end_turn':
    case 'stop_sequence':
      return readContent(body, billing);
    case 'max_tokens':
      return failedReply('invalid', 'output-limit', billing);
    case 'model_context_window_exceeded':
      return failedReply('invalid', 'context-too-long', billing);
    case 'refusal':
      return modelRefused(billing);
    default:
      return readOddReply(body, billing);
  }
};

const readOddReply = (body: unknown, billing: Billing): ModelReply => {
  const failure = anthropicErrorInside(body);
  return failure === undefined ? malformedReply(billing) : { kind: 'failure', failure, ...billing };
};

const readBilling = (body: unknown): Billing => {
  const { data } = billed.safeParse(body);
  return data === undefined ? {} : { usage: data.usage, servedTier: servedTier(body) };
};

const servedTier = (body: unknown): ServiceTier | 'unknown' => {
  switch (tiered.safeParse(body).data?.usage.service_tier) {
    case 'priority':
      return 'priority';
    case 'standard':
      return 'default';
    default:
      return 'unknown';
  }
};

const readContent = (body: unknown, billing: Billing): ModelReply => {
  const { data } = message.safeParse(body);
  if (data === undefined) return malformedReply(billing);
  const text = data.content.map((it) => (it.type === 'text' ? it.text : '')).join('');
  if (text.trim() === '') return emptyAnswer(billing);
  return { kind: 'answer', text, servedTier: 'unknown', ...billing };
};

const openStream = (): ReplyStream => {
  const assembly = createMessageAssembly();
  return {
    take: (event) => takeEvent(assembly, event),
    breakOff: (code) => failedReply('transient', code, readBilling(assembly.message())),
  };
};

const messageStop = z.object({ type: z.literal('message_stop') });
const refusal = z.object({ delta: z.object({ stop_reason: z.literal('refusal') }) });

const takeEvent = (assembly: MessageAssembly, { name, data }: ServerSentEvent): StreamStep => {
  const event = parseJson(data);
  if (name === 'error') return { kind: 'end', reply: readStreamError(assembly, event) };
  if (name === 'message_stop')
    return messageStop.safeParse(event).success
      ? { kind: 'end', reply: readReply(assembly.message()) }
      : { kind: 'broken', code: 'malformed-reply' };
  const added = assembly.add(name, event);
  // A refusal needs no end of the message to stand, and the usage comes with it.
  if (name === 'message_delta' && refusal.safeParse(event).success)
    return { kind: 'end', reply: modelRefused(readBilling(assembly.message())) };
  switch (added) {
    case 'added':
      return { kind: 'progress' };
    case 'unfit':
      return { kind: 'broken', code: 'malformed-reply' };
    case 'unknown':
      return { kind: 'keep-alive' }; // `ping`, and events of tomorrow: the API asks to ignore them
  }
};

const readStreamError = (assembly: MessageAssembly, event: unknown): ModelReply => ({
  kind: 'failure',
  failure: anthropicStreamError(event),
  ...readBilling(assembly.message()),
});
