import fc from 'fast-check';
import {
  createSseParser,
  MAX_EVENT_BYTES,
  type ServerSentEvent,
  type UnreadableEvent,
} from '../../../lib/runtime/providers/sse-parser.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

const parse = (...chunks: readonly Uint8Array[]): (ServerSentEvent | UnreadableEvent)[] =>
  chunks.flatMap(createSseParser());

const event = (name: string, data: string): ServerSentEvent => ({ kind: 'event', name, data });
const message = (data: string): ServerSentEvent => event('message', data);

const streams: [name: string, text: string, events: ServerSentEvent[]][] = [
  ['an event has a name and data', 'event: a\ndata: x\n\n', [event('a', 'x')]],
  ['an event without a name is a message', 'data: x\n\n', [message('x')]],
  ['an empty name is none', 'event:\ndata: x\n\n', [message('x')]],
  ['a name is for one event', 'event: a\ndata: x\n\ndata: y\n\n', [event('a', 'x'), message('y')]],
  ['a name without data is no event, and not for the next', 'event: a\n\ndata: x\n\n', [message('x')]],
  ['data over several lines is joined', 'data: x\ndata\ndata:  y \n\n', [message('x\n\n y ')]],
  ['the space after the colon may be missing', 'data:x:y\n\n', [message('x:y')]],
  ['empty data is an event', 'data\n\n', [message('')]],
  [
    'comments and other fields are skipped',
    ': hi\nid: 1\nretry: 5\ndatum: z\ndata: x\n\n:\n\n',
    [message('x')],
  ],
  ['lines end in CRLF', 'data: x\r\n\r\n', [message('x')]],
  ['lines end in CR', 'data: x\r\rdata: y\r\r', [message('x'), message('y')]],
  ['lines end as they like', 'data: x\r\ndata: y\n\rdata: z\r\n\n', [message('x\ny'), message('z')]],
  ['a byte order mark at the start is skipped', '\ufeffdata: x\n\n', [message('x')]],
  ['an event that no blank line ends does not come out', 'data: x\n\ndata: y\n', [message('x')]],
];

it.each(streams)('%s', (_name, text, events) => {
  expect(parse(bytesOf(text))).toEqual(events);
});

it.each(streams)('%s, byte by byte', (_name, text, events) => {
  expect(parse(...Array.from(bytesOf(text), (byte) => Uint8Array.of(byte)))).toEqual(events);
});

const malformed: UnreadableEvent = { kind: 'unreadable', code: 'malformed-reply' };
const tooLarge: UnreadableEvent = { kind: 'unreadable', code: 'reply-too-large' };

const invalid: [name: string, bytes: number[]][] = [
  ['a continuation byte that is none', [0xc3, 0x28]],
  ['a byte that UTF-8 never has', [0xff]],
  ['half of a surrogate pair', [0xed, 0xa0, 0xbd]],
  ['a character cut short by the end of its line', [0xf0, 0x9f, 0x98]],
];

it.each(invalid)('%s makes its event unreadable, and no other', (_name, bytes) => {
  const whole = Buffer.concat([
    bytesOf('data: x\n\ndata: '),
    Uint8Array.from(bytes),
    bytesOf('\n\ndata: y\n\n'),
  ]);
  expect(parse(whole)).toEqual([message('x'), malformed, message('y')]);
  expect(parse(...Array.from(whole, (byte) => Uint8Array.of(byte)))).toEqual(parse(whole));
});

it('an event name that is no UTF-8 makes it unreadable', () => {
  expect(parse(Buffer.concat([bytesOf('event: '), Uint8Array.of(0xff), bytesOf('\ndata: x\n\n')]))).toEqual([
    malformed,
  ]);
});

it.each(['é', '😀', '\ufffd'])('%s is what it was, also byte by byte', (text) => {
  const bytes = bytesOf(`data: ${text}\n\n`);
  expect(parse(bytes)).toEqual([message(text)]);
  expect(parse(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual([message(text)]);
});

describe('an event', () => {
  const prefix = 'data:';
  const longest = 'x'.repeat(MAX_EVENT_BYTES - prefix.length);

  it.each([MAX_EVENT_BYTES * 2, 65_536])('of 2 MiB is read, in pieces of %i bytes', (size) => {
    const bytes = bytesOf(`${prefix}${longest}\n\n`);
    expect(parse(...piecesOf(bytes, size))).toEqual([message(longest)]);
  });

  it.each([MAX_EVENT_BYTES * 2, 65_536])('of one byte more is not, in pieces of %i bytes', (size) => {
    const bytes = bytesOf(`data: before\n\n${prefix}${longest}x`);
    expect(parse(...piecesOf(bytes, size))).toEqual([message('before'), tooLarge]);
    expect(parse(...piecesOf(Buffer.concat([bytes, bytesOf('\n\n')]), size))).toContainEqual(tooLarge);
  });

  it('of many lines is too large when they are together', () => {
    expect(parse(bytesOf('data: {\n'.repeat(MAX_EVENT_BYTES / 7 + 1)))).toEqual([tooLarge]);
  });
});

it('comments are no part of an event, however many', () => {
  const comments = bytesOf(': ping\n'.repeat(10_000));
  const chunks = Array.from({ length: 40 }, () => comments);
  expect(parse(...chunks, bytesOf('data: x\n\n'))).toEqual([message('x')]);
});

const piecesOf = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );

it('an empty chunk within a CRLF does not make two line ends of it', () => {
  expect(parse(bytesOf('data: x\r'), bytesOf(''), bytesOf('\ndata: y\n\n'))).toEqual([message('x\ny')]);
});

const word = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/[\r\n\ufeff]/g, ''));
const someEvent = fc.record({ name: word, lines: fc.array(word, { minLength: 1, maxLength: 3 }) });
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

const cutAt = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
};

it('gives back what was written, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(someEvent), lineEnd, fc.array(fc.nat(), { maxLength: 40 }), (written, end, cuts) => {
      const text = written
        .map(({ name, lines }) =>
          [`event: ${name}`, ...lines.map((line) => `data: ${line}`), '', ''].join(end),
        )
        .join('');
      const events = written.map(({ name, lines }) =>
        event(name === '' ? 'message' : name, lines.join('\n')),
      );
      expect(parse(...cutAt(bytesOf(text), cuts))).toEqual(events);
    }),
  );
});

it('gives the same events for any bytes, wherever they are cut', () => {
  const piece = fc.constantFrom('data', 'event', ':', ' ', '\r', '\n', 'x', 'é', '\ufeff').map(bytesOf);
  const anyByte = fc.uint8Array({ minLength: 1, maxLength: 1 });
  const bytes = fc
    .array(fc.oneof({ weight: 9, arbitrary: piece }, anyByte))
    .map((parts) => Buffer.concat(parts));
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(), { maxLength: 40 }), (whole, cuts) => {
      expect(parse(...cutAt(whole, cuts))).toEqual(parse(whole));
    }),
  );
});
