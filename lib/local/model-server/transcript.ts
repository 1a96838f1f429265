import type { ReplyFault } from './faults.ts';
import type { Pace } from './pace.ts';
import type { Completion, ModelCall, ServerWire, SseEvent, StreamScript } from './wire.ts';

/** Bytes that are sent together, when that many ms have passed since the call came. */
export type Frame = { dueMs: number; bytes: Buffer };

/** A reply as it goes over the connection, down to how it ends: properly, with the connection, or never. */
export type Transcript = { contentType: string; frames: Frame[]; finale: 'end' | 'close' | 'hang' };

/** The API sends a delta per token; this many are enough to be seen as a stream and cost little CPU. */
const MAX_DELTAS = 10;

/** Depends on nothing but what it is given. Without a pace all of it is one frame. */
export const transcribe = (
  wire: ServerWire,
  call: ModelCall,
  completion: Completion,
  pace: Pace,
  fault: ReplyFault | undefined,
): Transcript => {
  const isMalformed = fault?.kind === 'malformed';
  if (!call.isStreamed) {
    const frames = [{ dueMs: pace.endMs, bytes: wholeBody(wire.write(call, completion), isMalformed) }];
    return { contentType: 'application/json', ...mutilate(frames, halve(frames), fault) };
  }
  const script = wire.stream(call, completion, piecesOf(completion));
  const frames = spread(script, pace, isMalformed);
  return { contentType: 'text/event-stream; charset=utf-8', ...mutilate(frames, frames.slice(0, 1), fault) };
};

const wholeBody = (body: object, isMalformed: boolean): Buffer => {
  const bytes = Buffer.from(JSON.stringify(body));
  return isMalformed ? bytes.fill('?', Math.floor(bytes.byteLength / 2)) : bytes;
};

/** Splits between words. A reply that fails on the way gets no further than its first half. */
const piecesOf = ({ text, ending }: Completion): string[] => {
  const words = text.split(/(?<=\s)/);
  const wordsPerPiece = Math.ceil(words.length / MAX_DELTAS);
  const count = Math.ceil(words.length / wordsPerPiece);
  const pieces = Array.from({ length: count }, (_, index) =>
    words.slice(index * wordsPerPiece, (index + 1) * wordsPerPiece).join(''),
  );
  return ending === 'failed' ? pieces.slice(0, Math.ceil(count / 2)) : pieces;
};

/** The opening first; after the thinking the text, evenly until the end. */
const spread = (script: StreamScript, pace: Pace, isMalformed: boolean): Frame[] => {
  const { opening, textStart, deltas, textEnd, ending, after } = script;
  const gapMs = (pace.endMs - pace.thoughtMs) / Math.max(1, deltas.length);
  return [
    frame(pace.firstEventMs, opening.map(sse)),
    frame(pace.thoughtMs, textStart.map(sse)),
    ...deltas.map((delta, index) => frame(pace.thoughtMs + index * gapMs, [sse(delta)])),
    frame(pace.endMs, [
      ...textEnd.map(sse),
      isMalformed ? brokenSse(ending) : sse(ending),
      ...after.map(sse),
    ]),
  ];
};

const frame = (dueMs: number, texts: string[]): Frame => ({ dueMs, bytes: Buffer.from(texts.join('')) });

const sse = ({ name, data }: SseEvent): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** A whole event whose JSON stops in the middle. */
const brokenSse = ({ name, data }: SseEvent): string => {
  const json = JSON.stringify(data);
  return `event: ${name}\ndata: ${json.slice(0, json.length / 2)}\n\n`;
};

const mutilate = (
  frames: Frame[],
  start: Frame[],
  fault: ReplyFault | undefined,
): Omit<Transcript, 'contentType'> => {
  switch (fault?.kind) {
    case 'stalled':
      return { frames: merge(start), finale: 'hang' };
    case 'cut':
      return { frames: merge(halve(frames)), finale: fault.clean ? 'end' : 'close' };
    default:
      return { frames: merge(frames), finale: 'end' };
  }
};

/** The first half of the bytes, at whatever byte that is. */
const halve = (frames: Frame[]): Frame[] => {
  let bytesLeft = Math.floor(frames.reduce((sum, { bytes }) => sum + bytes.byteLength, 0) / 2);
  return frames.flatMap(({ dueMs, bytes }) => {
    const kept = bytes.subarray(0, bytesLeft);
    bytesLeft -= kept.byteLength;
    return kept.byteLength === 0 ? [] : [{ dueMs, bytes: kept }];
  });
};

/** What is due at the same time goes out in one write. */
const merge = (frames: Frame[]): Frame[] => {
  const byDueMs = Map.groupBy(frames, ({ dueMs }) => dueMs);
  return Array.from(byDueMs, ([dueMs, group]) => ({
    dueMs,
    bytes: Buffer.concat(group.map(({ bytes }) => bytes)),
  }));
};
