import { anthropicWire } from '../../../lib/local/model-server/anthropic.ts';
import type { ReplyFault } from '../../../lib/local/model-server/faults.ts';
import { openAiWire } from '../../../lib/local/model-server/openai.ts';
import type { Pace } from '../../../lib/local/model-server/pace.ts';
import { type Transcript, transcribe } from '../../../lib/local/model-server/transcript.ts';
import type { Completion, ModelCall } from '../../../lib/local/model-server/wire.ts';
import { eventsOf } from './harness.ts';

const call: ModelCall = {
  model: 'gpt-5',
  inputChars: 100,
  cacheableChars: 0,
  lastUserText: 'Hi',
  effort: 'medium',
  maxOutputTokens: undefined,
  askedTier: 'default',
  servedTier: 'default',
  chargesCacheWrites: false,
  isStreamed: true,
};

const completion: Completion = {
  id: 'abc',
  ending: 'complete',
  text: 'Coucou toi ! J’ai passé la matinée sur la série, et je crois que les couleurs vont te plaire. À vite !',
  usage: {
    inputTokens: 25,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 90,
    reasoningTokens: 64,
  },
};

const instant: Pace = { firstEventMs: 0, thoughtMs: 0, endMs: 0 };
const paced: Pace = { firstEventMs: 200, thoughtMs: 1200, endMs: 2200 };

const wires = { openai: openAiWire, anthropic: anthropicWire };
type WireName = keyof typeof wires;
const wireNames = ['openai', 'anthropic'] as const satisfies WireName[];

const transcriptOf = (
  wire: WireName,
  { pace = instant, fault, ...changes }: Partial<ModelCall> & { pace?: Pace; fault?: ReplyFault } = {},
): Transcript => transcribe(wires[wire], { ...call, ...changes }, completion, pace, fault);

const bytesOf = ({ frames }: Transcript): Buffer => Buffer.concat(frames.map(({ bytes }) => bytes));
const textOf = (transcript: Transcript): string => bytesOf(transcript).toString('utf8');

describe.each(wireNames)('a reply of %s', (wire) => {
  it('without a pace is one write and due at once, streamed or whole', () => {
    for (const isStreamed of [true, false])
      expect(transcriptOf(wire, { isStreamed })).toMatchObject({ frames: [{ dueMs: 0 }], finale: 'end' });
  });

  it('is spread from the first event over the thinking to the end, in at most 12 writes', () => {
    const { frames } = transcriptOf(wire, { pace: paced });
    const dueMs = frames.map((frame) => frame.dueMs);
    expect(dueMs.length).toBeGreaterThan(5);
    expect(dueMs.length).toBeLessThanOrEqual(12);
    expect(dueMs).toEqual(dueMs.toSorted((a, b) => a - b));
    expect([dueMs[0], dueMs[1], dueMs.at(-1)]).toEqual([200, 1200, 2200]);
    expect(Math.max(...dueMs.slice(2).map((due, index) => due - (dueMs[index + 1] ?? 0)))).toBeLessThan(210);
  });

  it('consists of whole events in every write, and of the same ones at every pace', () => {
    const { frames } = transcriptOf(wire, { pace: paced });
    const events = frames.flatMap(({ bytes }) => eventsOf(bytes.toString('utf8')));
    expect(events).toEqual(eventsOf(textOf(transcriptOf(wire))));
  });

  it('in one body is due at the end', () => {
    expect(transcriptOf(wire, { isStreamed: false, pace: paced }).frames).toEqual([
      { dueMs: 2200, bytes: expect.any(Buffer) },
    ]);
  });

  it('that stalls has the events before the thinking and never ends', () => {
    for (const pace of [instant, paced]) {
      const transcript = transcriptOf(wire, { pace, fault: { kind: 'stalled' } });
      expect(transcript).toMatchObject({ finale: 'hang', frames: [{ dueMs: pace.firstEventMs }] });
      expect(eventsOf(textOf(transcript))).toHaveLength(3);
    }
  });

  it.each([
    [true, 'end'],
    [false, 'close'],
  ])('that is cut (clean: %s) has half of the bytes', (clean, finale) => {
    for (const asked of [{ pace: instant }, { pace: paced }, { isStreamed: false }]) {
      const whole = bytesOf(transcriptOf(wire, asked));
      const transcript = transcriptOf(wire, { ...asked, fault: { kind: 'cut', clean } });
      expect(transcript.finale).toBe(finale);
      expect(bytesOf(transcript)).toEqual(whole.subarray(0, Math.floor(whole.byteLength / 2)));
    }
  });

  it('that is malformed breaks the event that says how it ended, and no other', () => {
    const blocks = textOf(transcriptOf(wire)).split('\n\n');
    const malformed = textOf(transcriptOf(wire, { fault: { kind: 'malformed' } })).split('\n\n');
    expect(malformed).toHaveLength(blocks.length);
    const changed = malformed.filter((block, index) => block !== blocks[index]);
    expect(changed).toEqual([expect.stringMatching(/^event: (response\.completed|message_delta)\n/)]);
    expect(() => eventsOf(`${changed[0]}\n\n`)).toThrow(SyntaxError);
  });

  it('that is malformed in one body is no JSON', () => {
    const transcript = transcriptOf(wire, { isStreamed: false, fault: { kind: 'malformed' } });
    expect(() => JSON.parse(textOf(transcript))).toThrow(SyntaxError);
  });
});
