import { post, put, rule, type StreamedEvent, start, stopServers, streamOf } from './harness.ts';

afterEach(stopServers);

/** Runs of deltas count as one. */
const outlineOf = (events: StreamedEvent[]): string[] =>
  events.map(({ name }) => name).filter((name, index, names) => name !== names[index - 1]);

const streamUnder = async (fault: object) => {
  const server = await start();
  await put(server, '/control/faults', rule(fault));
  return streamOf(server, 'anthropic');
};

const textOf = (events: StreamedEvent[]): string =>
  events
    .filter(({ name }) => name === 'content_block_delta')
    .map(({ data }) => (data.delta as { text?: string }).text ?? '')
    .join('');

const thinking = { output_config: { effort: 'high' } };

it('goes from the start of the message over its one block to its stop', async () => {
  const events = await streamOf(await start(), 'anthropic');
  expect(outlineOf(events)).toEqual([
    'message_start',
    'content_block_start',
    'ping',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  expect(events.map(({ data }) => data.type)).toEqual(events.map(({ name }) => name));
});

it('thinks in a block of its own, which says nothing but its signature', async () => {
  const events = await streamOf(await start(), 'anthropic', thinking);
  expect(outlineOf(events)).toEqual([
    'message_start',
    'content_block_start',
    'ping',
    'content_block_delta',
    'content_block_stop',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  expect(events[1]?.data).toMatchObject({ index: 0, content_block: { type: 'thinking', thinking: '' } });
  expect(events[3]?.data).toMatchObject({ index: 0, delta: { type: 'signature_delta' } });
  expect(events[5]?.data).toMatchObject({ index: 1, content_block: { type: 'text', text: '' } });
});

it('counts the prompt at the start and everything at the end', async () => {
  const server = await start();
  const events = await streamOf(server, 'anthropic', thinking);
  const input = { input_tokens: expect.any(Number), cache_read_input_tokens: 0 };
  expect(events[0]?.data.message).toMatchObject({
    content: [],
    stop_reason: null,
    usage: { ...input, output_tokens: 1, service_tier: 'standard' },
  });
  expect(events.at(-2)?.data).toEqual({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: {
      ...input,
      cache_creation_input_tokens: 0,
      output_tokens: expect.any(Number),
      output_tokens_details: { thinking_tokens: expect.any(Number) },
    },
  });
});

it('says in a whole body what it says in a stream', async () => {
  const whole = await (await post(await start(), 'anthropic', thinking)).json();
  expect(whole).toMatchObject({
    type: 'message',
    content: [
      { type: 'thinking', signature: expect.any(String) },
      { type: 'text', text: expect.any(String) },
    ],
    stop_reason: 'end_turn',
  });
  const events = await streamOf(await start(), 'anthropic', thinking);
  expect(textOf(events).length).toBeGreaterThan(20);
});

it.each([
  ['the output limit', { max_tokens: 5 }, 'max_tokens'],
  ['its natural end', {}, 'end_turn'],
])('stops at %s', async (_, changes, reason) => {
  const events = await streamOf(await start(), 'anthropic', changes);
  expect(events.at(-2)?.data).toMatchObject({ delta: { stop_reason: reason } });
});

it('stops with a refusal', async () => {
  const events = await streamUnder({ kind: 'refusal' });
  expect(events.at(-2)?.data).toMatchObject({ delta: { stop_reason: 'refusal' } });
});

it('fails inside the stream with an error event and nothing after it', async () => {
  const events = await streamUnder({ kind: 'failed' });
  expect(events.at(-1)).toMatchObject({ name: 'error', data: { error: { type: 'overloaded_error' } } });
  expect(events.map(({ name }) => name)).not.toContain('message_delta');
});

it('is corrupt when nothing says why it stopped', async () => {
  const events = await streamUnder({ kind: 'corrupt' });
  expect(events.at(-2)?.data.delta).toEqual({ stop_sequence: null });
  expect(events.at(-1)?.name).toBe('message_stop');
});
