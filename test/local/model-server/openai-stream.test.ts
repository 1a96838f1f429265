import { put, rule, type StreamedEvent, start, stopServers, streamOf } from './harness.ts';

afterEach(stopServers);

const namesOf = (events: StreamedEvent[]): string[] => events.map(({ name }) => name);

/** Runs of deltas count as one. */
const outlineOf = (events: StreamedEvent[]): string[] =>
  namesOf(events).filter((name, index, names) => name !== names[index - 1]);

const streamUnder = async (fault: object) => {
  const server = await start();
  await put(server, '/control/faults', rule(fault));
  return streamOf(server, 'openai');
};

describe.each(['openai', 'azure-openai'] as const)('a stream of the Responses API at %s', (provider) => {
  it('goes from the created response over reasoning and text to the completed response', async () => {
    expect(outlineOf(await streamOf(await start(), provider))).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
  });
});

it('names each event twice and numbers them without a gap', async () => {
  const events = await streamOf(await start(), 'openai');
  expect(events.map(({ data }) => data.type)).toEqual(namesOf(events));
  expect(events.map(({ data }) => data.sequence_number)).toEqual(events.map((_, index) => index));
});

it('begins with an unfinished response and ends with the very one that a whole body would bring', async () => {
  const events = await streamOf(await start(), 'openai');
  expect(events[0]?.data.response).toMatchObject({ status: 'in_progress', output: [], usage: null });
  const response = events.at(-1)?.data.response;
  expect(response).toMatchObject({
    object: 'response',
    status: 'completed',
    model: 'gpt-5',
    output: [
      { type: 'reasoning' },
      { type: 'message', content: [{ type: 'output_text', text: expect.any(String) }] },
    ],
    usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
  });
});

it('brings the text in at most 10 deltas that add up to it', async () => {
  const events = await streamOf(await start(), 'openai');
  const deltas = events.filter(({ name }) => name === 'response.output_text.delta');
  const [done] = events.filter(({ name }) => name === 'response.output_text.done');
  expect(deltas.length).toBeGreaterThan(3);
  expect(deltas.length).toBeLessThanOrEqual(10);
  expect(deltas.map(({ data }) => data.delta).join('')).toBe(done?.data.text);
  const place = { output_index: 1, content_index: 0, item_id: expect.stringMatching(/^msg_/) };
  for (const { data } of [...deltas, ...events.filter(({ name }) => name === 'response.content_part.done')])
    expect(data).toMatchObject(place);
});

it('ends as incomplete at the output limit', async () => {
  const events = await streamOf(await start(), 'openai', { max_output_tokens: 16 });
  expect(events.at(-1)).toMatchObject({
    name: 'response.incomplete',
    data: { response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } } },
  });
});

it('refuses in refusal events', async () => {
  const events = await streamUnder({ kind: 'refusal' });
  expect(outlineOf(events)).toEqual(
    expect.arrayContaining(['response.refusal.delta', 'response.refusal.done', 'response.completed']),
  );
  expect(JSON.stringify(events)).not.toContain('output_text');
});

it('fails after half of the text with the code of the failure', async () => {
  const events = await streamUnder({ kind: 'failed' });
  expect(outlineOf(events).slice(-2)).toEqual(['response.output_text.delta', 'response.failed']);
  expect(events.at(-1)?.data.response).toMatchObject({
    status: 'failed',
    error: { code: 'server_error' },
    output: [],
    usage: null,
  });
});

it('is corrupt when the completed response has neither output nor usage', async () => {
  const events = await streamUnder({ kind: 'corrupt' });
  const { response } = events.at(-1)?.data ?? {};
  expect(response).toMatchObject({ status: 'completed' });
  expect(response).not.toHaveProperty('output');
  expect(response).not.toHaveProperty('usage');
});
