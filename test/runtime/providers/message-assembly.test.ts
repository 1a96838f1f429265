import { createMessageAssembly } from '../../../lib/runtime/providers/message-assembly.ts';

type Event = [name: string, data: unknown];

const start: Event = [
  'message_start',
  {
    message: {
      type: 'message',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 7, cache_read_input_tokens: 3, output_tokens: 1, service_tier: 'standard' },
    },
  },
];
const open = (index: number, type = 'text', text: unknown = ''): Event => [
  'content_block_start',
  { index, content_block: { type, text } },
];
const delta = (index: number, fields: Record<string, unknown>): Event => [
  'content_block_delta',
  { index, delta: fields },
];
const text = (index: number, words: string): Event => delta(index, { type: 'text_delta', text: words });
const close = (index: number): Event => ['content_block_stop', { index }];
const stop: Event = [
  'message_delta',
  { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9, cache_read_input_tokens: null } },
];

const assemble = (...events: readonly Event[]) => {
  const assembly = createMessageAssembly();
  return { added: events.map(([name, data]) => assembly.add(name, data)), message: assembly.message() };
};

it('puts a message together', () => {
  const thought: Event = ['content_block_start', { index: 0, content_block: { type: 'thinking' } }];
  const thinking = [thought, delta(0, { type: 'thinking_delta', thinking: 'hm' }), close(0)];
  const { added, message } = assemble(
    start,
    ...thinking,
    open(1, 'text', 'Je '),
    text(1, 'vais '),
    text(1, 'bien'),
    close(1),
    open(2),
    close(2),
    stop,
  );
  expect(new Set(added)).toEqual(new Set(['added']));
  expect(message).toEqual({
    type: 'message',
    content: [{ type: 'thinking' }, { type: 'text', text: 'Je vais bien' }, { type: 'text', text: '' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 7, cache_read_input_tokens: 3, output_tokens: 9, service_tier: 'standard' },
  });
});

it('knows no usage and no reason to stop before the model has stopped', () => {
  expect(assemble(start, open(0), text(0, 'hi'), close(0)).message).toMatchObject({
    stop_reason: undefined,
    usage: undefined,
  });
});

it('takes the last count of several', () => {
  const later: Event = [
    'message_delta',
    { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 12 } },
  ];
  expect(assemble(start, stop, later).message.usage).toMatchObject({ input_tokens: 7, output_tokens: 12 });
});

it('leaves events alone that it does not know', () => {
  expect(assemble(['ping', {}], ['message_mood', undefined], ['constructor', {}]).added).toEqual([
    'unknown',
    'unknown',
    'unknown',
  ]);
});

it.each<[string, Event[]]>([
  ['a start without usage', [['message_start', { message: { content: [] } }]]],
  ['a start with content', [['message_start', { message: { content: [{}], usage: {} } }]]],
  ['a second start', [start, start]],
  ['a block before the start', [open(0)]],
  ['a block out of turn', [start, open(1)]],
  ['a block within a block', [start, open(0), open(1)]],
  ['a block after the stop', [start, stop, open(0)]],
  ['a block without a type', [start, ['content_block_start', { index: 0, content_block: {} }]]],
  ['a text that starts as a number', [start, open(0, 'text', 7)]],
  ['a delta without its block', [start, text(0, 'x')]],
  ['a delta of another block', [start, open(0), text(1, 'x')]],
  ['a delta after its block', [start, open(0), close(0), text(0, 'x')]],
  ['a text delta without text', [start, open(0), delta(0, { type: 'text_delta' })]],
  ['a text delta that is a number', [start, open(0), delta(0, { type: 'text_delta', text: 7 })]],
  ['another delta of a text', [start, open(0), delta(0, { type: 'citations_delta', citation: {} })]],
  ['a text delta of a thought', [start, open(0, 'thinking'), text(0, 'x')]],
  ['the end of no block', [start, close(0)]],
  ['the end of another block', [start, open(0), close(1)]],
  ['a stop before the start', [stop]],
  ['a stop within a block', [start, open(0), stop]],
  ['a stop without usage', [start, ['message_delta', { delta: { stop_reason: 'end_turn' } }]]],
  ['an event that is no JSON', [start, ['content_block_start', undefined]]],
])('is not to be had by %s', (_what, events) => {
  expect(assemble(...events).added.at(-1)).toBe('unfit');
  expect(new Set(assemble(...events.slice(0, -1)).added)).toEqual(
    new Set(events.length > 1 ? ['added'] : []),
  );
});
