import * as z from 'zod/mini';
import type { ModelReply } from '../../pipeline/model/model.ts';
import type { CallWatch } from '../../pipeline/ports.ts';
import { parseJson } from './parse-json.ts';
import { createSseParser, type ServerSentEvent, type UnreadableEvent } from './sse-parser.ts';

/** What an event means to the call. */
export type StreamStep =
  | { kind: 'keep-alive' } // the connection lives; of the model it says nothing
  | { kind: 'progress' }
  | Ending;

/** How a stream came to its end, or why nothing more of it is worth reading. */
type Ending =
  | { kind: 'end'; reply: ModelReply }
  | { kind: 'broken'; code: 'malformed-reply' | 'reply-too-large' | 'cut' | 'timeout' };

/** One streamed reply, taken in event by event. */
export type ReplyStream = {
  /** Only the event that ends a reply can bring an answer. */
  take(event: ServerSentEvent): StreamStep;
  /** What the reply is should nothing more of it come: billed as far as is known, and refused if that was said. */
  breakOff(code: string): ModelReply;
};

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** A token of a stream comes in some 300 bytes, so this is 50,000 of them: more than any model writes in a call. */
const MAX_STREAM_BYTES = 16 * 1024 * 1024;

/** Reads a reply event by event up to the one that ends it. Never throws. */
export const readStreamedReply = async (
  body: ReadableStream<Uint8Array>,
  stream: ReplyStream,
  watch: CallWatch,
): Promise<ModelReply> => {
  const reader = body.getReader();
  const ending = await readToEnd(reader, stream, watch);
  if (ending.kind === 'end') {
    runOut(reader);
    return ending.reply;
  }
  cancel(reader);
  return stream.breakOff(ending.code);
};

const readToEnd = async (
  reader: Reader,
  stream: ReplyStream,
  { signal, heard }: CallWatch,
): Promise<Ending> => {
  const parse = createSseParser();
  let bytes = 0;
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      bytes += chunk.value.byteLength;
      if (bytes > MAX_STREAM_BYTES) return { kind: 'broken', code: 'reply-too-large' };
      const ending = takeEvents(stream, parse(chunk.value), heard);
      if (ending !== undefined) return ending;
    }
    return { kind: 'broken', code: 'cut' };
  } catch {
    return { kind: 'broken', code: signal.aborted ? 'timeout' : 'cut' };
  }
};

const takeEvents = (
  stream: ReplyStream,
  events: readonly (ServerSentEvent | UnreadableEvent)[],
  heard: () => void,
): Ending | undefined => {
  for (const event of events) {
    if (event.kind === 'unreadable') return { kind: 'broken', code: event.code };
    const step = stream.take(named(event));
    if (step.kind === 'keep-alive') continue;
    heard();
    if (step.kind !== 'progress') return step;
  }
  return undefined;
};

const typed = z.object({ type: z.string() });
const failed = z.object({ error: z.looseObject({}) });

/** Both APIs repeat an event's name in its data: there it is found when a proxy has dropped the other. */
const named = (event: ServerSentEvent): ServerSentEvent => {
  if (event.name !== 'message') return event;
  const data = parseJson(event.data);
  const name = typed.safeParse(data).data?.type ?? (failed.safeParse(data).success ? 'error' : event.name);
  return { ...event, name };
};

/** After its last event a reply is over in no time; waiting longer would only hold the connection. */
const RUN_OUT_MS = 1_000;

/**
 * Reads what follows the last event, in the background. The connection then serves the next call; cut off before
 * the reply is over, it would cost that call a new handshake.
 */
const runOut = (reader: Reader): void => {
  const timer = setTimeout(() => cancel(reader), RUN_OUT_MS);
  timer.unref();
  readOn(reader).finally(() => clearTimeout(timer));
};

const readOn = async (reader: Reader): Promise<void> => {
  try {
    while (!(await reader.read()).done);
  } catch {
    // The reply was complete: how its connection ends is all the same.
  }
};

/** Hangs up, so that the provider stops writing. */
export const cancel = (reader: Reader): void => {
  reader.cancel().catch(() => undefined);
};
