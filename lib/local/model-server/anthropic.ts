import * as z from 'zod';
import type { Completion, ModelCall, ServerWire } from './wire.ts';

const requestBody = z.object({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  system: z.string().default(''),
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.string().min(1) })).min(1),
  service_tier: z.enum(['auto', 'standard_only']).default('standard_only'),
  output_config: z.object({ effort: z.string().optional() }).optional(),
});

/** Nothing is cacheable: Anthropic caches only up to a breakpoint, and the adapter sets none. */
const read = (body: unknown): ModelCall | undefined => {
  const { data } = requestBody.safeParse(body);
  if (data === undefined) return undefined;
  return {
    model: data.model,
    inputChars: data.messages.reduce((chars, turn) => chars + turn.content.length, data.system.length),
    cacheableChars: 0,
    lastUserText: data.messages.findLast((turn) => turn.role === 'user')?.content ?? '',
    effort: data.output_config?.effort,
    maxOutputTokens: data.max_tokens,
    servedTier: data.service_tier === 'auto' ? 'priority' : 'standard',
  };
};

const stopReasons = { complete: 'end_turn', incomplete: 'max_tokens', refused: 'refusal' } as const;

const write = (call: ModelCall, { id, ending, text, usage }: Completion): object => ({
  id: `msg_${id}`,
  type: 'message',
  role: 'assistant',
  model: call.model,
  content: [{ type: 'text', text }],
  stop_reason: stopReasons[ending],
  stop_sequence: null,
  usage: {
    input_tokens: usage.inputTokens - usage.cachedInputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: usage.cachedInputTokens,
    output_tokens: usage.outputTokens,
    output_tokens_details: { thinking_tokens: usage.reasoningTokens },
    service_tier: call.servedTier,
  },
});

export const anthropicWire: ServerWire = {
  provider: 'anthropic',
  isAuthenticated: (headers) =>
    headers['x-api-key'] !== undefined && headers['anthropic-version'] !== undefined,
  read,
  write,
  writeError: ({ code, message }) => ({
    type: 'error',
    error: { type: code, message },
    request_id: 'req_local',
  }),
  keyError: { status: 401, code: 'authentication_error' },
  moneyError: { status: 402, code: 'billing_error' },
};
