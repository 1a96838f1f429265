import { checkHistory } from '../../lib/simulation/check-history.ts';
import type { HistoryEvent } from '../../lib/simulation/history.ts';
import {
  acknowledged,
  answerOf,
  begun,
  cached,
  call,
  clean,
  delivered,
  ended,
  ends,
  expired,
  fallback,
  finish,
  killed,
  kindsOf,
  refused,
  sent,
  sentBack,
  started,
} from './story.ts';

const keptPromises: [name: string, history: HistoryEvent[]][] = [
  ['an answered job', clean],
  ['a job that was sent and delivered twice', [...clean, sent(600), delivered(610, 2), acknowledged(620, 2)]],
  [
    'an answer of the next rung',
    [...begun, ...call('a', 20, 500, 'overloaded'), ...call('b', 510, 900), ...finish(910, answerOf('b'))],
  ],
  [
    'a default answer after a hang-up that arrives late',
    [...begun, started(20, 'a'), ...ends(500, fallback), ended(600, 'a', 'hung-up'), acknowledged(610)],
  ],
  ['a refusal', [...begun, ...call('a', 20, 500, 'content-policy'), ...finish(510, refused)]],
  [
    'a refusal that a killed worker could not keep',
    [
      ...begun,
      ...call('a', 20, 500, 'content-policy'),
      killed(505),
      delivered(900, 2),
      started(910, 'b', { environment: 2 }),
      ended(950, 'b', 'model-refused'),
      ...finish(960, refused, 2),
    ],
  ],
  [
    'a call paid twice because of a kill',
    [
      ...begun,
      ...call('a', 20, 500),
      killed(505),
      delivered(900, 2),
      started(910, 'b', { environment: 2 }),
      ended(950, 'b'),
      ...finish(960, answerOf('b'), 2),
    ],
  ],
  [
    'a write that arrives after its writer was killed',
    [...clean.slice(0, 4), killed(505), ...ends(510, answerOf('a')), delivered(900, 2), acknowledged(910, 2)],
  ],
  [
    'a call that outlives a killed caller and the deadline',
    [
      ...begun,
      started(20, 'a'),
      killed(30),
      delivered(10_100, 2),
      ...ends(10_110, expired, 2),
      acknowledged(10_120, 2),
      ended(20_000, 'a', 'answer'),
    ],
  ],
  ['an answer that came too late', [...begun, ...call('a', 20, 10_100), ...finish(10_110, expired)]],
  [
    'a cached answer of the same user',
    [
      ...clean,
      sent(600, { jobId: 'k' }),
      delivered(610, 1, 'k'),
      ...ends(620, cached('a'), 1, 'k'),
      acknowledged(630, 1, 'k'),
    ],
  ],
  [
    'exhausted attempts of workers that were killed',
    [
      ...begun,
      killed(20),
      delivered(900, 2),
      ...finish(910, { status: 'failed', reason: 'attempts-exhausted' }, 2),
    ],
  ],
  [
    'a processor that the job does not allow, and nobody called',
    [
      sent(0, { allowedProcessors: [] }),
      delivered(10),
      ...finish(20, { status: 'failed', reason: 'processor-not-allowed' }),
    ],
  ],
  [
    'an answer of a killed caller that comes after that of the next',
    [
      ...begun,
      started(20, 'a'),
      killed(25),
      delivered(30, 2),
      started(40, 'b', { environment: 2 }),
      ended(600, 'b'),
      ended(700, 'a'),
      ...finish(710, answerOf('b'), 2),
    ],
  ],
  [
    'a failed call beside one that answers',
    [
      ...begun,
      started(20, 'a'),
      delivered(30, 2),
      started(40, 'b', { environment: 2 }),
      ended(50, 'b', 'overloaded', true),
      ended(500, 'a'),
      ...finish(510, answerOf('a')),
    ],
  ],
  [
    'a call left open by an environment that was killed and came back',
    [...begun, started(20, 'a'), killed(30), delivered(900), ...finish(910, fallback)],
  ],
  [
    'a default after a kill with the answer in hand',
    [...begun, ...call('a', 20, 500), killed(505), delivered(900, 2), ...finish(910, fallback, 2)],
  ],
  [
    'exhausted attempts that called someone',
    [
      ...begun,
      ...call('a', 20, 500, 'overloaded'),
      ...finish(510, { status: 'failed', reason: 'attempts-exhausted' }),
    ],
  ],
  [
    'a processor that a later message forbids',
    [...clean, sent(600, { allowedProcessors: ['anthropic'] }), delivered(610, 2), acknowledged(620, 2)],
  ],
  [
    'a call that a later message gives more time',
    [
      sent(0),
      sent(1, { deadlineAtMs: 20_000 }),
      delivered(10),
      ...call('a', 20, 15_000),
      ...finish(15_010, answerOf('a')),
    ],
  ],
  [
    'an expiry by the earlier of two deadlines',
    [sent(0, { deadlineAtMs: 20_000 }), sent(1), delivered(10), ...finish(10_000, expired)],
  ],
];

it.each(keptPromises)('%s breaks no promise', (_name, history) => {
  expect(checkHistory(history).violations).toEqual([]);
});

const killedAndDone = [
  ...begun,
  ...call('a', 20, 500),
  killed(505),
  delivered(900, 2),
  started(910, 'b', { environment: 2 }),
  ended(950, 'b'),
  ...finish(960, answerOf('b'), 2),
];

it('holds nothing against a run that was stopped early', () => {
  expect(checkHistory(clean.slice(0, 3), { isComplete: false }).violations).toEqual([]);
});

it('takes its slack from the rules', () => {
  const late = [...begun, ...call('a', 20, 10_100, 'overloaded'), ...finish(10_200, fallback)];
  expect(kindsOf(checkHistory(late, { deadlineSlackMs: 99 }).violations)).toEqual(['call-outlives-deadline']);
  expect(kindsOf(checkHistory(late, { endingSlackMs: 199 }).violations)).toEqual(['ended-late']);
});

const startsAt = (...timesMs: readonly number[]): HistoryEvent[] =>
  timesMs.flatMap((atMs, index) => {
    const jobId = `j${index}`;
    return [
      sent(atMs, { jobId, deadlineAtMs: atMs + 5_000 }),
      delivered(atMs, 1, jobId),
      started(atMs, jobId, { jobId }),
      ended(atMs, jobId),
      ...ends(atMs, answerOf(jobId), 1, jobId),
    ];
  });

it('counts the starts of a user in every window of 60 s', () => {
  const rules = { userStartsPerMinute: 2 };
  const within = checkHistory(startsAt(0, 30_000, 60_000, 90_000), rules);
  const beyond = checkHistory(startsAt(0, 30_000, 59_999, 90_000), rules);
  expect(within).toMatchObject({ violations: [], figures: { maxStartsInWindow: 2 } });
  expect(kindsOf(beyond.violations)).toEqual(['too-many-starts']);
  expect(beyond.violations[0]).toMatchObject({ jobId: 'j2', user: 'u' });
  expect(beyond.figures.maxStartsInWindow).toBe(3);
});

it('counts a job that runs again once against its user, and shows its runs', () => {
  const { violations, figures } = checkHistory(killedAndDone, { userStartsPerMinute: 1 });
  expect(violations).toEqual([]);
  expect(figures).toMatchObject({ maxStartsInWindow: 1, maxRunStartsInWindow: 2 });
});

it('counts a run once, however many it calls', () => {
  const rescued = [
    ...begun,
    ...call('a', 20, 500, 'overloaded'),
    ...call('b', 510, 900),
    ...finish(910, answerOf('b')),
  ];
  expect(checkHistory(rescued).figures.maxRunStartsInWindow).toBe(1);
});

it('counts only calls of others as overlapping, and only an expiry as never late', () => {
  const leftOpen = [...begun, started(20, 'a'), ...finish(510, fallback), ended(520, 'a', 'hung-up')];
  expect(checkHistory(leftOpen).figures.overlappingCalls).toBe(0);
  const endedLate = [...begun, ...finish(10_200, fallback)];
  expect(checkHistory(endedLate).figures.longestBeyondDeadlineMs).toBe(200);
  const expiredLate = [...begun, ...finish(20_000, expired)];
  expect(checkHistory(expiredLate).figures.longestBeyondDeadlineMs).toBe(0);
});

it('sums the run up', () => {
  const other = 'k';
  const history = [
    ...killedAndDone,
    sent(1_000, { jobId: other, lane: 'low' }),
    delivered(1_010, 3, other),
    started(1_020, 'c', { jobId: other, environment: 3 }),
    ended(1_100, 'c', 'overloaded', true),
    sentBack(1_110, 'throttled', 3, other),
    delivered(1_200, 3, other),
    delivered(1_210, 4, other),
    started(1_220, 'd', { jobId: other, environment: 4 }),
    ...ends(10_100, fallback, 3, other),
    ended(10_120, 'd', 'hung-up'),
  ];
  expect(checkHistory(history)).toEqual({
    violations: [],
    figures: {
      jobs: 2,
      sends: 2,
      endingsByStatus: { succeeded: 2 },
      endingsBySource: { model: 1, default: 1 },
      calls: 4,
      billedCalls: 3,
      billedWithoutAnswer: 1,
      paidTwice: 1,
      paidTwiceExplained: 1,
      kills: 1,
      repeatedDeliveries: 3,
      overlappingCalls: 1,
      unacknowledgedJobs: 1,
      longestBeyondDeadlineMs: 120,
      sentToEnding: {
        high: { count: 1, p50Ms: 960, p99Ms: 960 },
        low: { count: 1, p50Ms: 9_100, p99Ms: 9_100 },
      },
      maxStartsInWindow: 2,
      maxRunStartsInWindow: 4,
      sendsBackByReason: { throttled: 1 },
    },
  });
});
