import type { JobWrite } from '../../../lib/drill/history/job-writes.ts';
import {
  answersGivenUp,
  answersOf,
  historyOf,
  type Observed,
} from '../../../lib/drill/history/observed-history.ts';
import type { Sight } from '../../../lib/drill/history/witness.ts';
import type { ModelCall } from '../../../lib/drill/rig/model-calls.ts';
import type { News } from '../../../lib/drill/rig/news-box.ts';
import { checkHistory } from '../../../lib/simulation/check-history.ts';

const delivered = (atMs: number, invocation: number): Sight => ({
  atMs,
  kind: 'delivered',
  invocation,
  messages: [{ jobId: 'job', receives: invocation }],
});

const over = (atMs: number, invocation: number, environmentDied = false): Sight => ({
  atMs,
  kind: 'invocation-over',
  invocation,
  environmentDied,
});

const written = (atMs: number, write: JobWrite): Sight => ({ atMs, kind: 'written', write });

const claim = (claimId: string): JobWrite => ({
  jobId: 'job',
  claimId,
  status: 'running',
  traceId: 'trace',
  creatorId: 'creator',
  lane: 'high',
  enqueuedAtMs: 0,
  deadlineAtMs: 60_000,
});

const answered = { provider: 'openai', modelId: 'gpt-5', outcome: 'answer' };

const ending = (claimId: string, attempts = [answered]): JobWrite => ({
  jobId: 'job',
  claimId,
  status: 'succeeded',
  answer: { source: 'model', provider: 'openai', modelId: 'gpt-5' },
  attempts,
  endedAtMs: 0,
});

const call = (startedAtMs: number, endedAtMs: number, outcome = 'answered'): ModelCall => ({
  provider: 'openai',
  model: 'gpt-5',
  traceId: 'trace',
  startedAtMs,
  endedAtMs,
  outcome,
});

const sent = [{ jobId: 'job', lane: 'high' as const, sentAtMs: 1 }];

const told = (atMs: number): News => ({
  atMs,
  event: {
    type: 'job.ended',
    eventId: 'end',
    jobId: 'job',
    tenantId: 'tenant',
    lane: 'high',
    model: 'gpt-5',
    status: 'succeeded',
    acceptedAt: '1970-01-01T00:00:00.000Z',
    endedAt: '1970-01-01T00:00:00.000Z',
    costMicroUsd: 0,
    correlationId: 'order',
  },
});

/** Each end is told as it is written, unless a test says otherwise. */
const newsOf = (sights: readonly Sight[]): News[] =>
  sights.flatMap((sight) =>
    sight.kind === 'written' && sight.write.status === 'succeeded' ? [told(sight.atMs)] : [],
  );

const judge = (seen: Pick<Observed, 'sights' | 'calls'> & { news?: readonly News[] }) => {
  const history = historyOf({ sent, deadLettered: [], news: newsOf(seen.sights), ...seen });
  return { history, ...checkHistory(history) };
};

const kinds = ({ violations }: ReturnType<typeof judge>) => violations.map(({ kind }) => kind);

it('finds nothing wrong with a job that is claimed, called for and ended, all in one millisecond', () => {
  const sights = [delivered(5, 1), written(5, claim('a')), written(5, ending('a')), over(5, 1)];
  const verdict = judge({ sights, calls: [call(5, 5)] });
  expect(kinds(verdict)).toEqual([]);
  expect(verdict.figures).toMatchObject({ calls: 1, billedCalls: 1, endingsBySource: { model: 1 } });
});

it('explains a call that is paid twice by the death of the worker that had the first answer', () => {
  const sights = [
    delivered(5, 1),
    written(6, claim('a')),
    over(20, 1, true),
    delivered(30, 2),
    written(31, claim('b')),
    written(50, ending('b')),
    over(51, 2),
  ];
  const verdict = judge({ sights, calls: [call(10, 15), call(40, 45)] });
  expect(kinds(verdict)).toEqual([]);
  expect(verdict.figures).toMatchObject({ paidTwice: 1, paidTwiceExplained: 1, kills: 1 });
  expect(answersOf(verdict.history)).toEqual(new Map([['job', 2]]));
});

it('explains it also when the request of the dead worker was still on its way', () => {
  const sights = [
    delivered(5, 1),
    written(6, claim('a')),
    over(9, 1, true),
    delivered(30, 2),
    written(31, claim('b')),
    written(50, ending('b')),
    over(51, 2),
  ];
  expect(kinds(judge({ sights, calls: [call(10, 15), call(40, 45)] }))).toEqual([]);
});

it('does not explain it when that worker lived on', () => {
  const sights = [
    delivered(5, 1),
    written(6, claim('a')),
    over(20, 1),
    delivered(30, 2),
    written(31, claim('b')),
    written(50, ending('b')),
    over(51, 2),
  ];
  expect(kinds(judge({ sights, calls: [call(10, 15), call(40, 45)] }))).toContain('paid-twice-unexplained');
});

it('takes the invocation that dies for the one that claimed when two have the job', () => {
  const sights = [
    delivered(5, 1),
    delivered(5, 2),
    written(6, claim('a')),
    over(7, 2),
    over(20, 1, true),
    delivered(30, 3),
    written(31, claim('b')),
    written(50, ending('b')),
  ];
  expect(kinds(judge({ sights, calls: [call(10, 15), call(40, 45)] }))).toEqual([]);
});

it('tells an answer that a limit had given up on from one that was thrown away', () => {
  const silent = { provider: 'openai', modelId: 'gpt-5', outcome: 'transient', code: 'silent' };
  const sights = [
    delivered(5, 1),
    written(6, claim('a')),
    written(50, ending('a', [silent, answered])),
    over(51, 1),
  ];
  const verdict = judge({ sights, calls: [call(10, 15), call(40, 45)] });
  expect(kinds(verdict)).toEqual([]);
  expect(answersGivenUp(verdict.history)).toBe(1);
  expect(answersOf(verdict.history)).toEqual(new Map([['job', 1]]));
});

it('finds an answer that no call of the job has brought', () => {
  const sights = [delivered(5, 1), written(6, claim('a')), written(50, ending('a')), over(51, 1)];
  expect(kinds(judge({ sights, calls: [] }))).toEqual(['answer-unearned']);
  expect(kinds(judge({ sights, calls: [call(10, 15, 'cut')] }))).toEqual(['answer-unearned']);
});

it('finds a job that ends twice, one that never ends, and one in a dead-letter queue', () => {
  const twice = [delivered(5, 1), written(6, claim('a')), written(50, ending('a')), written(51, ending('a'))];
  expect(kinds(judge({ sights: twice, calls: [call(10, 15)] }))).toEqual(['ended-twice']);
  expect(kinds(judge({ sights: [delivered(5, 1)], calls: [] }))).toEqual(['lost']);
  const history = historyOf({ sent, sights: [delivered(5, 1)], calls: [], news: [], deadLettered: ['job'] });
  expect(checkHistory(history).violations.map(({ kind }) => kind)).toContain('dead-lettered');
});

it('finds an end of which no subscriber was told, or too early, and lets it be told twice', () => {
  const sights = [delivered(5, 1), written(6, claim('a')), written(50, ending('a')), over(51, 1)];
  const calls = [call(10, 15)];
  expect(kinds(judge({ sights, calls, news: [] }))).toEqual(['untold']);
  expect(kinds(judge({ sights, calls, news: [told(49)] }))).toEqual(['told-before-ending']);
  expect(kinds(judge({ sights, calls, news: [told(50), told(60)] }))).toEqual([]);
});

it('finds a call of a job that nobody has claimed', () => {
  const sights = [delivered(5, 1)];
  expect(kinds(judge({ sights, calls: [call(10, 15)] }))).toContain('unknown-job');
});
