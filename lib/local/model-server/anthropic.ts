import * as z from 'zod';
import { streamAnthropic, thinkingBlock } from './anthropic-stream.ts';
import type { Completion, ModelCall, ServerWire, WireError } from './wire.ts';

const systemBlock = z.object({
  type: z.literal('text'),
  text: z.string(),
  cache_control: z.object({ type: z.literal('ephemeral') }).optional(),
});

const requestBody = z.object({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  system: z.union([z.string(), z.array(systemBlock)]).default(''),
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.string().min(1) })).min(1),
  service_tier: z.enum(['auto', 'standard_only']).default('standard_only'),
  output_config: z.object({ effort: z.string().optional() }).optional(),
  stream: z.boolean().default(false),
});

type SystemBlock = z.infer<typeof systemBlock>;

const charsOf = (blocks: readonly SystemBlock[]): number =>
  blocks.reduce((chars, { text }) => chars + text.length, 0);

/** Anthropic caches up to the last block that is marked, and nothing where none is. */
const breakpoints = (blocks: readonly SystemBlock[]): number =>
  blocks.findLastIndex((block) => block.cache_control !== undefined) + 1;

const read = (body: unknown): ModelCall | undefined => {
  const { data } = requestBody.safeParse(body);
  if (data === undefined) return undefined;
  const system = typeof data.system === 'string' ? [] : data.system;
  const systemChars = typeof data.system === 'string' ? data.system.length : charsOf(system);
  return {
    model: data.model,
    inputChars: data.messages.reduce((chars, turn) => chars + turn.content.length, systemChars),
    cacheableChars: charsOf(system.slice(0, breakpoints(system))),
    chargesCacheWrites: true,
    lastUserText: data.messages.findLast((turn) => turn.role === 'user')?.content ?? '',
    effort: data.output_config?.effort,
    maxOutputTokens: data.max_tokens,
    askedTier: data.service_tier === 'auto' ? 'priority' : 'default',
    servedTier: data.service_tier === 'auto' ? 'priority' : 'standard',
    isStreamed: data.stream,
  };
};

/** What has no value is left out of the JSON. */
const stopReasons = {
  complete: 'end_turn',
  incomplete: 'max_tokens',
  refused: 'refusal',
  corrupt: undefined,
  failed: null,
} as const;

const write = (call: ModelCall, completion: Completion) => {
  const { ending, text } = completion;
  return {
    ...unfinished(call, completion),
    content: ending === 'corrupt' ? undefined : [...thinkingBlock(completion), { type: 'text', text }],
    stop_reason: stopReasons[ending],
    usage: { ...counted(completion), service_tier: call.servedTier },
  };
};

const counted = (completion: Completion) => ({
  ...inputOf(completion),
  output_tokens: completion.usage.outputTokens,
  output_tokens_details: { thinking_tokens: completion.usage.reasoningTokens },
});

/** The message as it stands when the stream begins. One token is counted by then. */
const unfinished = (call: ModelCall, completion: Completion) => ({
  id: `msg_${completion.id}`,
  type: 'message',
  role: 'assistant',
  model: call.model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { ...inputOf(completion), output_tokens: 1, service_tier: call.servedTier },
});

const inputOf = ({ usage }: Completion) => ({
  input_tokens: usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens,
  cache_creation_input_tokens: usage.cacheWriteTokens,
  cache_read_input_tokens: usage.cachedInputTokens,
});

const writeError = ({ code, message }: WireError) => ({
  type: 'error',
  error: { type: code, message },
  request_id: 'req_local',
});

const errors: ServerWire['errors'] = {
  credentials: { status: 401, code: 'authentication_error' },
  money: { status: 402, code: 'billing_error' },
  rate: { status: 429, code: 'rate_limit_error' },
  overload: { status: 529, code: 'overloaded_error' },
};

export const anthropicWire: ServerWire = {
  provider: 'anthropic',
  isAuthenticated: (headers) =>
    headers['x-api-key'] !== undefined && headers['anthropic-version'] !== undefined,
  read,
  write,
  stream: (call, completion, pieces) =>
    streamAnthropic(
      {
        begun: unfinished(call, completion),
        stopReason: stopReasons[completion.ending],
        usage: counted(completion),
        failure: writeError({ ...errors.overload, message: 'Overloaded' }),
      },
      completion,
      pieces,
    ),
  writeError,
  errors,
  tierNames: { priority: 'priority', default: 'standard', flex: 'standard' },
};
