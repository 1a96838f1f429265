/** One event of a stream. An event that came without a name is called `message`, as the standard says. */
export type ServerSentEvent = { name: string; data: string };

/** What the lines since the last blank one have said. */
type Draft = { name: string; data: string | undefined };

/**
 * Reads Server-Sent Events (WHATWG HTML, 9.2.6) from bytes that may be cut anywhere. Every byte is looked at once,
 * however small the chunks. Events that their blank line does not end never come out; comments, ids and reconnection
 * times are skipped.
 */
export const createSseParser = (): ((chunk: Uint8Array) => ServerSentEvent[]) => {
  const decoder = new TextDecoder();
  const splitLines = createLineSplitter();
  const draft: Draft = { name: '', data: undefined };
  return (chunk) => {
    const events: ServerSentEvent[] = [];
    for (const line of splitLines(decoder.decode(chunk, { stream: true }))) {
      if (line !== '') addLine(draft, line);
      else if (draft.data === undefined) draft.name = '';
      else events.push(finish(draft, draft.data));
    }
    return events;
  };
};

/** Gives the lines that a text ends; the rest waits for the next. A line ends with CRLF, LF or CR. */
const createLineSplitter = () => {
  let partial = '';
  let endedInCr = false;
  return (text: string): string[] => {
    if (text === '') return [];
    const unread = endedInCr && text.startsWith('\n') ? text.slice(1) : text;
    const lines = unread.split(/\r\n?|\n/);
    endedInCr = text.endsWith('\r');
    const rest = lines.pop() ?? '';
    if (lines.length === 0) {
      partial += rest;
      return lines;
    }
    lines[0] = partial + lines[0];
    partial = rest;
    return lines;
  };
};

const addLine = (draft: Draft, line: string): void => {
  const colon = line.indexOf(':');
  const field = colon === -1 ? line : line.slice(0, colon);
  if (field !== 'event' && field !== 'data') return;
  const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
  if (field === 'event') draft.name = value;
  else draft.data = draft.data === undefined ? value : `${draft.data}\n${value}`;
};

const finish = (draft: Draft, data: string): ServerSentEvent => {
  const name = draft.name === '' ? 'message' : draft.name;
  draft.name = '';
  draft.data = undefined;
  return { name, data };
};
