import fc from 'fast-check';
import {
  jobMessageSchema,
  MAX_MESSAGE_BYTES,
  parseJobMessage,
} from '../../../lib/pipeline/job/job-message.ts';
import { aMessage } from '../../builders.ts';

const parse = (value: unknown) => parseJobMessage(JSON.stringify(value));
const rejectionOf = (body: string) => {
  const parsed = parseJobMessage(body);
  if (parsed.kind !== 'rejected') throw new Error('the message was taken');
  return parsed.rejection;
};

describe('a job message', () => {
  it('is taken with the fields of the contract', () => {
    const message = aMessage({
      jobId: '6f1c8a2e-93b4-4c55-8a0e-2f6d1f0b7c11',
      options: { timeoutMs: 60_000, reasoningEffort: 'low', maxOutputTokens: 400 },
      deadlineAt: '2026-11-22T18:00:00+01:00',
      idempotencyKey: 'order-7',
      allowedProcessors: ['openai'],
      metadata: { campaign: 'spring' },
    });
    expect(parse(message)).toEqual({ kind: 'job', message });
  });

  it('is a draft unless it says otherwise', () => {
    const { mode: _mode, ...withoutMode } = aMessage();
    expect(parse(withoutMode)).toMatchObject({ kind: 'job', message: { mode: 'draft' } });
  });

  it.each([
    ['999 ms', 999, 'options.timeoutMs is below its minimum of 1000'],
    ['61 s', 61_000, 'options.timeoutMs is above its maximum of 60000'],
    ['a fraction', 1_500.5, 'options.timeoutMs is missing or not of type int'],
  ])('asking for a timeout of %s is refused', (_case, timeoutMs, detail) => {
    expect(rejectionOf(JSON.stringify(aMessage({ options: { timeoutMs } })))).toEqual({
      reason: 'invalid',
      detail,
    });
  });

  it.each([1_000, 30_000, 60_000])('may ask for a timeout of %i ms', (timeoutMs) => {
    expect(parse(aMessage({ options: { timeoutMs } })).kind).toBe('job');
  });

  it('is refused with an unknown field, which is counted and not quoted', () => {
    const { detail } = rejectionOf(JSON.stringify({ ...aMessage(), 'canary-field': 1 }));
    expect(detail).toBe('the message has 1 unknown field(s)');
  });

  it.each([
    ['not JSON', 'hello canary', 'not-json'],
    ['nothing', '', 'not-json'],
    ['a JSON string', '"canary"', 'invalid'],
    ['null', 'null', 'invalid'],
    ['a list', '[]', 'invalid'],
    ['too large', JSON.stringify(aMessage({ jobId: 'x'.repeat(MAX_MESSAGE_BYTES) })), 'too-large'],
    ['too large in bytes, not in characters', 'é'.repeat(MAX_MESSAGE_BYTES / 2 + 1), 'too-large'],
  ])('that is %s is refused with that reason', (_case, body, reason) => {
    expect(rejectionOf(body).reason).toBe(reason);
  });

  it.each(['.', '..'])('is refused with the jobId %s, which is no name in a URL', (jobId) => {
    expect(rejectionOf(JSON.stringify(aMessage({ jobId }))).reason).toBe('invalid');
  });

  it.each([
    ['tenantId', { tenantId: 'a\ud800' }],
    ['input.messages.0.content', { input: { messages: [{ role: 'user' as const, content: '\udbff' }] } }],
    ['an entry of metadata', { metadata: { note: 'x\ud800' } }],
  ])('is refused with half a character in %s: stores would make one text of two', (field, changes) => {
    const { detail } = rejectionOf(JSON.stringify(aMessage(changes)));
    expect(detail).toBe(`${field} holds half of a character (a lone surrogate)`);
  });

  it('names the field at fault by the names of the schema', () => {
    const { detail } = rejectionOf(
      JSON.stringify({ ...aMessage(), priority: 'urgent', creatorId: '', input: { messages: [] } }),
    );
    expect(detail).toBe(
      'creatorId is below its minimum of 1; priority is none of critical, high, medium, low; ' +
        'input.messages is below its minimum of 1',
    );
  });

  it('refuses a deadline without a time zone, and too much metadata', () => {
    expect(rejectionOf(JSON.stringify(aMessage({ deadlineAt: '2026-11-22T18:00:00' }))).detail).toBe(
      'deadlineAt does not have the form asked for',
    );
    const metadata = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`key${index}`, '']));
    expect(rejectionOf(JSON.stringify(aMessage({ metadata }))).detail).toBe(
      'metadata has more than 20 entries',
    );
  });

  it.each([
    ['a number as value', { campaign: 7 }, 'an entry of metadata is not a text'],
    [
      'a key without a character',
      { '': 'x' },
      'an entry of metadata is a key that may not be: 1 to 64 characters',
    ],
    [
      'a value that is too long',
      { note: 'x'.repeat(513) },
      'an entry of metadata is above its maximum of 512',
    ],
    [
      'a key that would be lost',
      JSON.parse('{"__proto__": "x", "a": "b"}'),
      'metadata may not have an entry __proto__',
    ],
    ['a list', [], 'metadata is missing or not of type record'],
  ])('refuses %s in metadata, and says what is wrong', (_case, metadata, detail) => {
    expect(rejectionOf(JSON.stringify({ ...aMessage(), metadata })).detail).toBe(detail);
  });

  it('publishes the limits that it is held to', () => {
    const schema = JSON.stringify(jobMessageSchema());
    expect(schema).toContain('"maxProperties":20');
    expect(schema).toContain(`${MAX_MESSAGE_BYTES} bytes`);
  });

  it('never quotes what the producer wrote, whatever it is and wherever it stands', () => {
    const canary = 'CANARY-7f3a';
    const broken = fc.oneof(
      fc.constantFrom(...Object.keys(aMessage()), 'options', 'metadata').map((key) => ({
        ...aMessage(),
        [key]: { [canary]: canary, nested: [canary] },
      })),
      fc.constant({ ...aMessage(), model: canary }),
      fc.constant({ ...aMessage(), metadata: { [canary]: 7 } }),
      fc.constant({ ...aMessage(), allowedProcessors: [canary] }),
      fc.json().map((json) => ({ ...aMessage(), [canary]: json })),
    );
    fc.assert(
      fc.property(broken, (value) => {
        expect(rejectionOf(JSON.stringify(value)).detail).not.toContain(canary);
      }),
    );
  });

  it('is read or refused, and nothing is thrown, for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (body) => {
        expect(['job', 'rejected']).toContain(parseJobMessage(body).kind);
      }),
      { numRuns: 1_000 },
    );
  });
});
