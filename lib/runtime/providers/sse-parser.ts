import { decodeUtf8 } from './decode-utf8.ts';

/** One event of a stream. An event that came without a name is called `message`, as the standard says. */
export type ServerSentEvent = { kind: 'event'; name: string; data: string };

/** An event that nobody can read: its bytes are no UTF-8, or there are too many of them. Its stream is worth no more. */
export type UnreadableEvent = { kind: 'unreadable'; code: 'malformed-reply' | 'reply-too-large' };

/** What the lines since the last blank one have said, and how long they are without comments. */
type Draft = { name: string; data: string | undefined; bytes: number };

/** A response repeats its whole text in its last event: some 100 KB. As JSON, 2 MiB may take 123 MB, 4 MiB 240 MB. */
export const MAX_EVENT_BYTES = 2 * 1024 * 1024;

/**
 * Reads Server-Sent Events (WHATWG HTML, 9.2.6) from bytes that may be cut anywhere. Every byte is looked at once,
 * however small the chunks. Events that their blank line does not end never come out; comments, ids and reconnection
 * times are skipped. Until an event is whole, each of its bytes is kept as one character: the signs that structure a
 * stream are ASCII, and a character may be cut by the end of a chunk.
 */
export const createSseParser = (): ((chunk: Uint8Array) => (ServerSentEvent | UnreadableEvent)[]) => {
  const lines = createLineSplitter();
  const draft: Draft = emptyDraft();
  return (chunk) => {
    const events: (ServerSentEvent | UnreadableEvent)[] = [];
    for (const line of lines.split(bytesToChars(chunk))) {
      if (line !== '') addLine(draft, line);
      else events.push(...finish(draft));
    }
    if (draft.bytes + lines.pending() > MAX_EVENT_BYTES) events.push(tooLarge);
    return events;
  };
};

const emptyDraft = (): Draft => ({ name: '', data: undefined, bytes: 0 });

const tooLarge: UnreadableEvent = { kind: 'unreadable', code: 'reply-too-large' };

const bytesToChars = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const charsToText = (chars: string): string | undefined => decodeUtf8(Buffer.from(chars, 'latin1'));

/** The byte order mark that a stream may begin with, byte by byte. */
const MARK = '\u00ef\u00bb\u00bf';

/** Gives the lines that a text ends; the rest waits for the next. A line ends with CRLF, LF or CR. */
const createLineSplitter = () => {
  let partial = '';
  let endedInCr = false;
  let isFirst = true;
  const split = (text: string): string[] => {
    if (text === '') return [];
    const unread = endedInCr && text.startsWith('\n') ? text.slice(1) : text;
    const lines = unread.split(/\r\n?|\n/);
    endedInCr = text.endsWith('\r');
    const rest = lines.pop() ?? '';
    const [head] = lines;
    if (head === undefined) {
      partial += rest;
      return lines;
    }
    const first = partial + head;
    lines[0] = isFirst && first.startsWith(MARK) ? first.slice(MARK.length) : first;
    isFirst = false;
    partial = rest;
    return lines;
  };
  return { split, pending: () => partial.length };
};

const addLine = (draft: Draft, line: string): void => {
  const colon = line.indexOf(':');
  if (colon === 0) return;
  draft.bytes += line.length;
  const field = colon === -1 ? line : line.slice(0, colon);
  if (field !== 'event' && field !== 'data') return;
  const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
  if (field === 'event') draft.name = value;
  else draft.data = draft.data === undefined ? value : `${draft.data}\n${value}`;
};

/** The event that a blank line ends, if there is one. */
const finish = (draft: Draft): (ServerSentEvent | UnreadableEvent)[] => {
  const { name, data, bytes } = draft;
  Object.assign(draft, emptyDraft());
  if (data === undefined) return [];
  return [bytes > MAX_EVENT_BYTES ? tooLarge : decoded(name === '' ? 'message' : name, data)];
};

const decoded = (nameChars: string, dataChars: string): ServerSentEvent | UnreadableEvent => {
  const name = charsToText(nameChars);
  const data = charsToText(dataChars);
  return name === undefined || data === undefined
    ? { kind: 'unreadable', code: 'malformed-reply' }
    : { kind: 'event', name, data };
};
