import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { messageItem, reasoningItem, streamOpenAi } from './openai-stream.ts';
import type { Completion, ModelCall, ServerWire, WireError } from './wire.ts';

const requestBody = z.object({
  model: z.string().min(1),
  instructions: z.string().default(''),
  input: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.string() })).min(1),
  reasoning: z.object({ effort: z.string().default('medium') }).default({ effort: 'medium' }),
  max_output_tokens: z.int().min(16).optional(),
  service_tier: z.enum(['auto', 'default', 'flex', 'priority', 'fast']).default('auto'),
  stream: z.boolean().default(false),
});

/** `fast` is the newer name of `priority`. */
const askedTiers = {
  auto: 'default',
  default: 'default',
  flex: 'flex',
  priority: 'priority',
  fast: 'priority',
} as const;

/** OpenAI's prompt caching guide: GPT-5.6 and later. */
const CHARGES_CACHE_WRITES = /^gpt-(5\.[6-9]|[6-9])/;

const read = (body: unknown): ModelCall | undefined => {
  const { data } = requestBody.safeParse(body);
  if (data === undefined) return undefined;
  const lastUserText = data.input.findLast((turn) => turn.role === 'user')?.content ?? '';
  const inputChars = data.input.reduce(
    (chars, turn) => chars + turn.content.length,
    data.instructions.length,
  );
  return {
    model: data.model,
    inputChars,
    cacheableChars: inputChars - lastUserText.length,
    chargesCacheWrites: CHARGES_CACHE_WRITES.test(data.model),
    lastUserText,
    effort: data.reasoning.effort,
    maxOutputTokens: data.max_output_tokens,
    askedTier: askedTiers[data.service_tier],
    servedTier: data.service_tier === 'auto' ? 'default' : data.service_tier,
    isStreamed: data.stream,
  };
};

const statuses = {
  complete: 'completed',
  refused: 'completed',
  corrupt: 'completed',
  incomplete: 'incomplete',
  failed: 'failed',
} as const;

const write = (call: ModelCall, completion: Completion) => ({
  ...unfinished(call, completion),
  status: statuses[completion.ending],
  error: completion.ending === 'failed' ? { code: errors.overload.code, message: 'The model failed.' } : null,
  incomplete_details: completion.ending === 'incomplete' ? { reason: 'max_output_tokens' } : null,
  ...outputOf(completion),
});

/** The response object as it stands when the stream begins. */
const unfinished = (call: ModelCall, { id }: Completion) => ({
  id: `resp_${id}`,
  object: 'response',
  created_at: Math.floor(Date.now() / 1000),
  status: 'in_progress',
  error: null,
  incomplete_details: null,
  model: call.model,
  output: [],
  service_tier: call.servedTier,
  store: false,
  usage: null,
});

/** A corrupt response has the fields without a value, and JSON leaves them out. */
const outputOf = (completion: Completion) => {
  const { ending, usage } = completion;
  if (ending === 'failed') return {};
  if (ending === 'corrupt') return { output: undefined, usage: undefined };
  return {
    output: [reasoningItem(completion), messageItem(completion)],
    usage: {
      input_tokens: usage.inputTokens,
      input_tokens_details: {
        cached_tokens: usage.cachedInputTokens,
        cache_write_tokens: usage.cacheWriteTokens,
      },
      output_tokens: usage.outputTokens,
      output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
      total_tokens: usage.inputTokens + usage.outputTokens,
    },
  };
};

const writeError = (error: WireError): object => ({
  error: { message: error.message, type: typeOf(error), param: error.param ?? null, code: error.code },
});

const errors: ServerWire['errors'] = {
  credentials: { status: 401, code: 'invalid_api_key' },
  money: { status: 429, code: 'credit_balance_exhausted' },
  rate: { status: 429, code: 'rate_limit_exceeded' },
  overload: { status: 503, code: 'server_error' },
};

const typeOf = ({ status, code }: WireError): string => {
  if (code === errors.money.code) return 'insufficient_quota';
  if (status === 429) return 'requests';
  return status < 500 ? 'invalid_request_error' : 'server_error';
};

const shared: Omit<ServerWire, 'provider' | 'isAuthenticated'> = {
  read,
  write,
  stream: (call, completion, pieces) =>
    streamOpenAi({ begun: unfinished(call, completion), ended: write(call, completion) }, completion, pieces),
  writeError,
  errors,
  tierNames: { priority: 'priority', default: 'default', flex: 'flex' },
};

export const openAiWire: ServerWire = {
  ...shared,
  provider: 'openai',
  isAuthenticated: (headers: IncomingHttpHeaders) => /^Bearer \S+$/.test(headers.authorization ?? ''),
};

/** Azure sells flex of none of the GPT-5 family, and answers so instead of serving its default tier. */
const refuseFlex = ({ askedTier, model }: ModelCall): WireError | undefined =>
  askedTier === 'flex' && /^gpt-5(-mini|-nano)?$/.test(model)
    ? {
        status: 400,
        code: 'invalid_request_error',
        message: 'The model does not support the service tier.',
        param: 'service_tier',
      }
    : undefined;

export const azureOpenAiWire: ServerWire = {
  ...shared,
  refuse: refuseFlex,
  provider: 'azure-openai',
  isAuthenticated: (headers: IncomingHttpHeaders) => (headers['api-key'] ?? '') !== '',
};
