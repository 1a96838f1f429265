import type { Completion, SseEvent, StreamScript } from './wire.ts';

/** The response object before and after. */
type Responses = { begun: object; ended: { status: string } };

/** Every event repeats its own name and is numbered from 0. */
type Emit = (type: string, fields: object) => SseEvent;

const createEmit = (): Emit => {
  let sequence = 0;
  return (type, fields) => {
    const data = { type, sequence_number: sequence, ...fields };
    sequence += 1;
    return { name: type, data };
  };
};

/** A reply of the Responses API as a stream. The order of the parts is that of the sequence numbers. */
export const streamOpenAi = (
  { begun, ended }: Responses,
  completion: Completion,
  pieces: string[],
): StreamScript => {
  const emit = createEmit();
  return {
    opening: [
      emit('response.created', { response: begun }),
      emit('response.in_progress', { response: begun }),
      emit('response.output_item.added', { output_index: 0, item: reasoningItem(completion) }),
    ],
    textStart: startText(emit, completion),
    deltas: pieces.map((delta) =>
      emit(`response.${textName(completion)}.delta`, { ...at(completion), delta }),
    ),
    textEnd: completion.ending === 'failed' ? [] : endText(emit, completion),
    ending: emit(`response.${ended.status}`, { response: ended }),
    after: [],
  };
};

const startText = (emit: Emit, completion: Completion): SseEvent[] => [
  emit('response.output_item.done', { output_index: 0, item: reasoningItem(completion) }),
  emit('response.output_item.added', {
    output_index: 1,
    item: { ...messageItem(completion), status: 'in_progress', content: [] },
  }),
  emit('response.content_part.added', { ...at(completion), part: partOf({ ...completion, text: '' }) }),
];

const endText = (emit: Emit, completion: Completion): SseEvent[] => {
  const part = partOf(completion);
  return [
    emit(`response.${textName(completion)}.done`, { ...at(completion), ...whole(completion) }),
    emit('response.content_part.done', { ...at(completion), part }),
    emit('response.output_item.done', { output_index: 1, item: messageItem(completion) }),
  ];
};

/** Where the text is: the second item's only part. */
const at = ({ id }: Completion) => ({ item_id: `msg_${id}`, output_index: 1, content_index: 0 });

const textName = ({ ending }: Completion) => (ending === 'refused' ? 'refusal' : 'output_text');

const whole = ({ ending, text }: Completion) =>
  ending === 'refused' ? { refusal: text } : { text, logprobs: [] };

const partOf = ({ ending, text }: Completion) =>
  ending === 'refused' ? { type: 'refusal', refusal: text } : { type: 'output_text', text, annotations: [] };

/** Reasoning models always put one first, even when they did not reason. */
export const reasoningItem = ({ id }: Completion) => ({ id: `rs_${id}`, type: 'reasoning', summary: [] });

export const messageItem = (completion: Completion) => ({
  id: `msg_${completion.id}`,
  type: 'message',
  status: completion.ending === 'incomplete' ? 'incomplete' : 'completed',
  role: 'assistant',
  content: [partOf(completion)],
});
