import type { Completion, SseEvent, StreamScript } from './wire.ts';

/** The message as it begins, what is said of its end, and what is said when it fails on the way. */
type MessageParts = { begun: object; stopReason: string | null | undefined; usage: object; failure: object };

/** Every event repeats its own name. */
const event = (type: string, fields: object = {}): SseEvent => ({ name: type, data: { type, ...fields } });

const startBlock = (index: number, block: object) =>
  event('content_block_start', { index, content_block: block });

const delta = (index: number, change: object) => event('content_block_delta', { index, delta: change });

const endBlock = (index: number) => event('content_block_stop', { index });

/** A reply of the Messages API as a stream. A model that thinks does so in a block of its own, before the text. */
export const streamAnthropic = (
  parts: MessageParts,
  completion: Completion,
  pieces: string[],
): StreamScript => {
  const [thinking] = thinkingBlock(completion);
  const textIndex = thinking === undefined ? 0 : 1;
  const textBlock = startBlock(textIndex, { type: 'text', text: '' });
  return {
    opening: [
      event('message_start', { message: parts.begun }),
      thinking === undefined ? textBlock : startBlock(0, { ...thinking, signature: '' }),
      event('ping'),
    ],
    textStart:
      thinking === undefined
        ? []
        : [delta(0, { type: 'signature_delta', signature: thinking.signature }), endBlock(0), textBlock],
    deltas: pieces.map((text) => delta(textIndex, { type: 'text_delta', text })),
    ...closing(parts, completion, textIndex),
  };
};

/** The message is never repeated: the end brings what has changed, and the tokens counted up to now. */
const closing = (
  { stopReason, usage, failure }: MessageParts,
  { ending }: Completion,
  textIndex: number,
): Pick<StreamScript, 'textEnd' | 'ending' | 'after'> => {
  if (ending === 'failed') return { textEnd: [], ending: { name: 'error', data: failure }, after: [] };
  return {
    textEnd: [endBlock(textIndex)],
    ending: event('message_delta', { delta: { stop_reason: stopReason, stop_sequence: null }, usage }),
    after: [event('message_stop')],
  };
};

/** One block when the model thought, none otherwise. Its text is withheld, as is the default; the signature stays. */
export const thinkingBlock = ({
  id,
  usage,
}: Completion): { type: 'thinking'; thinking: ''; signature: string }[] =>
  usage.reasoningTokens === 0 ? [] : [{ type: 'thinking', thinking: '', signature: `sig_${id}` }];
