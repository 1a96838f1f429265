import type { ModelName, ProviderName } from '../pipeline/model/model.ts';
import { atMost, equal, type Finding } from './drill.ts';
import { endToEndMs, type JobRow } from './rig/job-row.ts';

/** Who answered a job, in a few words. */
export const describeAnswer = ({ status, reason, answer }: JobRow): string =>
  answer === undefined
    ? `${status}, ${reason}`
    : [answer.source, answer.model, answer.provider].filter(Boolean).join(' ');

/** A finding that a model has answered, and which. */
export const answeredBy = (
  what: string,
  row: JobRow,
  model: ModelName,
  provider?: ProviderName,
): Finding => ({
  expected: `${what}: answered by ${[model, provider].filter(Boolean).join(' ')}`,
  found: `${describeAnswer(row)} (${describeCalls(row)})`,
  holds:
    row.answer?.source === 'model' &&
    row.answer.model === model &&
    (provider === undefined || row.answer.provider === provider),
});

/** The lane, and what each call came to. */
const describeCalls = ({ lane, attempts }: JobRow): string =>
  [
    `lane ${lane}`,
    ...attempts.map(({ model, provider, outcome, code }) => `${model} at ${provider}: ${code ?? outcome}`),
  ].join(', ');

/** A finding about the codes of the calls that failed before the answer, in order. */
export const failedWith = (what: string, { attempts }: JobRow, codes: readonly string[]): Finding =>
  equal(
    what,
    attempts.filter(({ outcome }) => outcome !== 'answer').map(({ code }) => code),
    codes,
  );

/** A finding that jobs took no longer than promised, from sending to result. */
export const endedWithin = (rows: readonly JobRow[], boundMs: number): Finding =>
  atMost('from sending to result', Math.max(...rows.map(endToEndMs)), boundMs, 'ms', 'promised');

/** What a chain may pass its deadline by, in ms. */
const DEADLINE_SLACK_MS = 250;

/** How far the latest job ended past its deadline; below 0 when all were in time. */
export const pastDeadlineMs = (rows: readonly JobRow[]): number =>
  Math.max(...rows.map(({ endedAtMs = Number.POSITIVE_INFINITY, deadlineAtMs }) => endedAtMs - deadlineAtMs));

/** A finding that no job passed its deadline by more than is promised. */
export const keptDeadlines = (rows: readonly JobRow[]): Finding =>
  atMost('latest end past its deadline', pastDeadlineMs(rows), DEADLINE_SLACK_MS, 'ms', 'promised');

/** A finding that compares a number with a bound that it must reach. */
export const atLeast = (what: string, value: number, bound: number, unit: string): Finding => ({
  expected: `${what} >= ${bound} ${unit}`,
  found: `${Math.round(value)} ${unit}`,
  holds: value >= bound,
});
