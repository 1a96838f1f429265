import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import type { Completion, ModelCall, ServerWire, WireError } from './wire.ts';

const requestBody = z.object({
  model: z.string().min(1),
  instructions: z.string().default(''),
  input: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.string() })).min(1),
  reasoning: z.object({ effort: z.string().default('medium') }).default({ effort: 'medium' }),
  max_output_tokens: z.int().min(16).optional(),
  service_tier: z.enum(['auto', 'default', 'flex', 'priority', 'fast']).default('auto'),
});

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
    lastUserText,
    effort: data.reasoning.effort,
    maxOutputTokens: data.max_output_tokens,
    servedTier: data.service_tier === 'auto' ? 'default' : data.service_tier,
  };
};

const write = (call: ModelCall, { id, ending, text, usage }: Completion): object => ({
  id: `resp_${id}`,
  object: 'response',
  created_at: Math.floor(Date.now() / 1000),
  status: ending === 'incomplete' ? 'incomplete' : 'completed',
  error: null,
  incomplete_details: ending === 'incomplete' ? { reason: 'max_output_tokens' } : null,
  model: call.model,
  output: [
    { id: `rs_${id}`, type: 'reasoning', summary: [] },
    {
      id: `msg_${id}`,
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [writePart(ending, text)],
    },
  ],
  service_tier: call.servedTier,
  store: false,
  usage: {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedInputTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  },
});

const writePart = (ending: Completion['ending'], text: string) =>
  ending === 'refused' ? { type: 'refusal', refusal: text } : { type: 'output_text', text, annotations: [] };

const writeError = (error: WireError): object => ({
  error: { message: error.message, type: typeOf(error), param: null, code: error.code },
});

const moneyError = { status: 429, code: 'credit_balance_exhausted' };

const typeOf = ({ status, code }: WireError): string => {
  if (code === moneyError.code) return 'insufficient_quota';
  if (status === 429) return 'requests';
  return status < 500 ? 'invalid_request_error' : 'server_error';
};

const shared = { read, write, writeError, keyError: { status: 401, code: 'invalid_api_key' }, moneyError };

export const openAiWire: ServerWire = {
  ...shared,
  provider: 'openai',
  isAuthenticated: (headers: IncomingHttpHeaders) => /^Bearer \S+$/.test(headers.authorization ?? ''),
};

export const azureOpenAiWire: ServerWire = {
  ...shared,
  provider: 'azure-openai',
  isAuthenticated: (headers: IncomingHttpHeaders) => (headers['api-key'] ?? '') !== '',
};
