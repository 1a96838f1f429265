import { event } from './wire.ts';

type Message = {
  content: readonly Record<string, unknown>[];
  stop_reason: string | null;
  usage?: Record<string, unknown> | undefined;
};

/** The stream in which Anthropic's API sends a message: pings included, texts in two pieces. */
export const messageEvents = ({ content, stop_reason, usage, ...rest }: Message): string[] => [
  event('message_start', {
    message: { ...rest, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
  }),
  event('ping'),
  ...content.flatMap(blockEvents),
  event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: usageAtTheEnd(usage) }),
  event('message_stop'),
];

const blockEvents = (block: Record<string, unknown>, index: number): string[] => [
  event('content_block_start', { index, content_block: emptied(block) }),
  ...deltasOf(block).map((delta) => event('content_block_delta', { index, delta })),
  event('content_block_stop', { index }),
];

const emptied = (block: Record<string, unknown>) => ({
  ...block,
  ...(block.type === 'text' && { text: '' }),
});

const deltasOf = ({ type, text }: Record<string, unknown>): Record<string, unknown>[] => {
  if (type === 'thinking')
    return [
      { type: 'thinking_delta', thinking: 'hm' },
      { type: 'signature_delta', signature: 's' },
    ];
  if (typeof text !== 'string') return [];
  const half = Math.ceil(text.length / 2);
  return [text.slice(0, half), text.slice(half)].map((part) => ({ type: 'text_delta', text: part }));
};

/** The last event repeats some counts, leaves out others and says null for what it does not give. */
const usageAtTheEnd = (usage: Record<string, unknown> | undefined) =>
  usage && {
    output_tokens: usage.output_tokens,
    output_tokens_details: usage.output_tokens_details,
    cache_creation_input_tokens: null,
  };
