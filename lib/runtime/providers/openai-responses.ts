import * as z from 'zod/mini';
import type { ModelReply, ModelRequest, ServiceTier } from '../../pipeline/model/model.ts';
import { type Billing, emptyAnswer, failedReply, malformedReply, modelRefused } from './failed-reply.ts';
import { openAiError, openAiErrorInside, openAiResponseError, openAiStreamError } from './openai-errors.ts';
import { parseJson } from './parse-json.ts';
import { type Connection, createProvider, type Provider } from './provider.ts';
import type { ReplyStream, StreamStep } from './read-stream.ts';
import type { ServerSentEvent } from './sse-parser.ts';
import { tokenCount } from './token-count.ts';
import { word } from './word.ts';

/** OpenAI's Responses API. The base URL includes the version: `https://api.openai.com/v1`. */
export const createOpenAi = (connection: Connection): Provider =>
  createProvider(
    { ...wire, path: '/responses', headers: (key) => ({ authorization: `Bearer ${key}` }) },
    connection,
  );

/** The same API at Azure (v1). The base URL is the resource's endpoint; the model id is the deployment's name. */
export const createAzureOpenAi = (connection: Connection): Provider =>
  createProvider(
    { ...wire, path: '/openai/v1/responses', headers: (key) => ({ 'api-key': key }) },
    connection,
  );

/** `store: false`: without it the provider keeps prompt and answer for 30 days. */
const requestBody = (request: ModelRequest) => ({
  model: request.modelId,
  ...(request.instructions !== undefined && { instructions: request.instructions }),
  input: request.turns.map(({ role, content }) => ({ role, content })),
  store: false,
  stream: true,
  service_tier: request.tier,
  prompt_cache_key: request.cacheGroup,
  ...(request.maxOutputTokens !== undefined && { max_output_tokens: request.maxOutputTokens }),
  ...(request.effort !== undefined && { reasoning: { effort: request.effort } }),
});

const usage = z
  .pipe(
    z.object({
      input_tokens: tokenCount,
      input_tokens_details: z.nullish(
        z.object({ cached_tokens: z.nullish(tokenCount), cache_write_tokens: z.nullish(tokenCount) }),
      ),
      output_tokens: tokenCount,
      output_tokens_details: z.nullish(z.object({ reasoning_tokens: z.nullish(tokenCount) })),
    }),
    z.transform((wire) => ({
      inputTokens: wire.input_tokens,
      cachedInputTokens: wire.input_tokens_details?.cached_tokens ?? 0,
      cacheWriteTokens: wire.input_tokens_details?.cache_write_tokens ?? 0,
      outputTokens: wire.output_tokens,
      reasoningTokens: wire.output_tokens_details?.reasoning_tokens ?? 0,
    })),
  )
  .check(
    z.refine(
      (it) =>
        it.cachedInputTokens + it.cacheWriteTokens <= it.inputTokens && it.reasoningTokens <= it.outputTokens,
    ),
  );

const billed = z.object({ usage, service_tier: word });

const part = z.discriminatedUnion('type', [
  z.object({ type: z.literal('output_text'), text: z.string() }),
  z.object({ type: z.literal('refusal') }),
]);

const item = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reasoning') }),
  z.object({ type: z.literal('message'), content: z.array(part), phase: word, status: word }),
]);

const response = z.discriminatedUnion('status', [
  z.object({ status: z.literal('completed'), output: z.array(item) }),
  z.object({ status: z.literal('incomplete'), incomplete_details: z.object({ reason: z.string() }) }),
  z.object({ status: z.literal('failed'), error: z.nullish(z.object({ code: z.nullish(z.string()) })) }),
]);

/** The tier that was served, which may be a lesser one than was asked for. `fast` is the newer name of `priority`. */
const servedTier = (tier: string | undefined): ServiceTier | 'unknown' => {
  switch (tier) {
    case 'priority':
    case 'fast':
      return 'priority';
    case 'default':
    case 'flex':
      return tier;
    default:
      return 'unknown';
  }
};

const readReply = (body: unknown): ModelReply => {
  const billing = readBilling(body);
  const { data } = response.safeParse(body);
  switch (data?.status) {
    case 'completed':
      return readOutput(data.output, billing);
    case 'incomplete':
      return readIncomplete(data.incomplete_details.reason, billing);
    case 'failed':
      return { kind: 'failure', failure: openAiResponseError(data.error?.code), ...billing };
    case undefined:
      return readOddReply(body, billing);
  }
};

const readBilling = (body: unknown): Billing => {
  const { data } = billed.safeParse(body);
  return data === undefined ? {} : { usage: data.usage, servedTier: servedTier(data.service_tier) };
};

const readOddReply = (body: unknown, billing: Billing): ModelReply => {
  const failure = openAiErrorInside(body);
  return failure === undefined ? malformedReply(billing) : { kind: 'failure', failure, ...billing };
};

const readIncomplete = (reason: string, billing: Billing): ModelReply => {
  switch (reason) {
    case 'max_output_tokens':
      return failedReply('invalid', 'output-limit', billing);
    case 'content_filter':
      return failedReply('refused', 'content-policy', billing);
    default:
      return malformedReply(billing);
  }
};

const readOutput = (output: z.infer<typeof item>[], billing: Billing): ModelReply => {
  // Newer models mark interim remarks as `commentary`: those are not for the reader.
  const messages = output.filter((it) => it.type === 'message').filter((it) => it.phase !== 'commentary');
  const parts = messages.flatMap((it) => it.content);
  if (parts.some((it) => it.type === 'refusal')) return modelRefused(billing);
  if (messages.some(({ status = 'completed' }) => status !== 'completed')) return malformedReply(billing);
  const text = parts.map((it) => (it.type === 'output_text' ? it.text : '')).join('');
  return text.trim() === ''
    ? emptyAnswer(billing)
    : { kind: 'answer', text, servedTier: 'unknown', ...billing };
};

/** The last event holds the whole response again, so the others are signs of life and no more. */
const takeEvent = ({ name, data }: ServerSentEvent): StreamStep => {
  switch (name) {
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
      return readLastEvent(name, parseJson(data));
    case 'error':
      return { kind: 'end', reply: { kind: 'failure', failure: openAiStreamError(parseJson(data)) } };
    default:
      // `keepalive`, which the API does not document, comes while a model thinks or hangs.
      return name.startsWith('response.') ? { kind: 'progress' } : { kind: 'keep-alive' };
  }
};

const lastEvent = z.object({ response: z.looseObject({ status: z.string() }) });

const readLastEvent = (name: string, event: unknown): StreamStep => {
  const { response } = lastEvent.safeParse(event).data ?? {};
  if (response === undefined) return { kind: 'broken', code: 'malformed-reply' };
  const isConsistent = name === `response.${response.status}`;
  return { kind: 'end', reply: isConsistent ? readReply(response) : malformedReply(readBilling(response)) };
};

const openStream = (): ReplyStream => {
  let hasRefused = false;
  const settle = (reply: ModelReply) => (hasRefused ? afterRefusal(reply) : reply);
  return {
    take(event) {
      hasRefused ||= event.name.startsWith('response.refusal.');
      const step = takeEvent(event);
      return step.kind === 'end' ? { ...step, reply: settle(step.reply) } : step;
    },
    breakOff: (code) => settle(failedReply('transient', code)),
  };
};

/** A model that has begun to refuse has refused, unless the whole response says that it answered after all. */
const afterRefusal = (reply: ModelReply): ModelReply =>
  reply.kind === 'answer' || reply.failure.kind === 'refused' ? reply : { ...reply, ...modelRefused() };

const wire = { body: requestBody, openStream, readReply, readError: openAiError };
