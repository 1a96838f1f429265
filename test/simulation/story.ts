import { checkHistory } from '../../lib/simulation/check-history.ts';
import type { Violation } from '../../lib/simulation/check-record.ts';
import type { HistoryEvent, WrittenEnding } from '../../lib/simulation/history.ts';

type EventOf<K extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: K }>;

const deadlineAtMs = 10_000;

export const sent = (atMs: number, more: Partial<EventOf<'sent'>> = {}): HistoryEvent => ({
  kind: 'sent',
  atMs,
  jobId: 'j',
  lane: 'high',
  user: 'u',
  deadlineAtMs,
  ...more,
});
export const delivered = (atMs: number, environment = 1, jobId = 'j'): HistoryEvent => ({
  kind: 'delivered',
  atMs,
  jobId,
  environment,
  receives: 1,
});
export const started = (
  atMs: number,
  callId: string,
  more: Partial<EventOf<'call-started'>> = {},
): HistoryEvent => ({
  kind: 'call-started',
  atMs,
  callId,
  jobId: 'j',
  environment: 1,
  provider: 'openai',
  modelId: 'gpt-5',
  text: `text of ${callId}`,
  ...more,
});
export const ended = (
  atMs: number,
  callId: string,
  outcome = 'answer',
  billed = outcome === 'answer',
): HistoryEvent => ({
  kind: 'call-ended',
  atMs,
  callId,
  outcome,
  billed,
});
export const written = (atMs: number, ending: WrittenEnding, environment = 1, jobId = 'j'): HistoryEvent => ({
  kind: 'ending-written',
  atMs,
  jobId,
  environment,
  ending,
});
export const told = (
  atMs: number,
  { status }: WrittenEnding,
  jobId = 'j',
  eventId = `end of ${jobId}`,
): HistoryEvent => ({ kind: 'end-told', atMs, jobId, eventId, status });
/** Written, and told at once. */
export const ends = (atMs: number, ending: WrittenEnding, environment = 1, jobId = 'j') => [
  written(atMs, ending, environment, jobId),
  told(atMs, ending, jobId),
];
export const acknowledged = (atMs: number, environment = 1, jobId = 'j'): HistoryEvent => ({
  kind: 'acknowledged',
  atMs,
  jobId,
  environment,
});
export const sentBack = (atMs: number, reason: string, environment = 1, jobId = 'j'): HistoryEvent => ({
  kind: 'sent-back',
  atMs,
  jobId,
  environment,
  reason,
  delayMs: 100,
});
export const killed = (atMs: number, environment = 1): HistoryEvent => ({
  kind: 'environment-killed',
  atMs,
  environment,
});

export const answerOf = (callId: string): WrittenEnding => ({
  status: 'succeeded',
  source: 'model',
  text: `text of ${callId}`,
});
export const cached = (callId: string): WrittenEnding => ({
  status: 'succeeded',
  source: 'cache',
  text: `text of ${callId}`,
});
export const fallback: WrittenEnding = {
  status: 'succeeded',
  source: 'default',
  text: 'We will be with you soon.',
};
export const expired: WrittenEnding = { status: 'expired' };
export const refused: WrittenEnding = { status: 'failed', reason: 'refused' };

export const begun = [sent(0), delivered(10)];
export const call = (callId: string, fromMs: number, toMs: number, outcome?: string) => [
  started(fromMs, callId),
  ended(toMs, callId, outcome),
];
export const finish = (atMs: number, ending: WrittenEnding, environment = 1) => [
  ...ends(atMs, ending, environment),
  acknowledged(atMs + 10, environment),
];
export const clean = [...begun, ...call('a', 20, 500), ...finish(510, answerOf('a'))];

export const kindsOf = (violations: readonly Violation[]): Violation['kind'][] =>
  violations.map(({ kind }) => kind);

/** A history and the promises that it breaks. */
export type Case = [name: string, kinds: Violation['kind'][], history: HistoryEvent[]];

export const kindsIn = (history: readonly HistoryEvent[]) => kindsOf(checkHistory(history).violations);
