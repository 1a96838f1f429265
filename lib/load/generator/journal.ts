import { appendFileSync } from 'node:fs';
import * as z from 'zod';
import { laneNames } from '../../pipeline/job/lane.ts';
import { modelNames } from '../../pipeline/model/model.ts';

/**
 * What the generator writes down, one JSON line at a time. Times are ms since 1970. `dueAtMs`: when the user meant to
 * do it; latencies count from there, so that a user who was held up by the target does not hide it.
 */
const line = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('request'),
    name: z.string(),
    dueAtMs: z.number(),
    startedAtMs: z.number(),
    endedAtMs: z.number(),
    outcome: z.enum(['answered', 'refused', 'failed']),
    /** Status, name of the problem or of the error. */
    code: z.string(),
  }),
  z.strictObject({
    kind: z.literal('job'),
    jobId: z.string(),
    correlationId: z.string(),
    lane: z.enum(laneNames),
    model: z.enum(modelNames),
    dueAtMs: z.number(),
    acceptedAtMs: z.number(),
    /** `any`: it is to be canceled, or to expire. */
    expects: z.enum(['answer', 'any']),
  }),
  /** How late the generator's own event loop was within a second. */
  z.strictObject({ kind: z.literal('lag'), atMs: z.number(), p99Ms: z.number(), maxMs: z.number() }),
  z.strictObject({ kind: z.literal('user'), event: z.enum(['came', 'left']), atMs: z.number() }),
  /** Something is wrong with the generator itself. */
  z.strictObject({ kind: z.literal('trouble'), atMs: z.number(), error: z.string() }),
]);

export type JournalLine = z.infer<typeof line>;
export type RequestLine = Extract<JournalLine, { kind: 'request' }>;
export type JobLine = Extract<JournalLine, { kind: 'job' }>;

export type Journal = { write(entry: JournalLine): void };

/** Written through at once: artillery ends its worker without letting it finish. */
export const openJournal = (file: string): Journal => ({
  write: (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`),
});

/** The lines of a text; a last one that has no end yet is left out. */
export const readLines = (text: string): JournalLine[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((it) => it !== '')
    .map((it) => line.parse(JSON.parse(it)));
