import {
  answerOf,
  begun,
  type Case,
  call,
  clean,
  delivered,
  ended,
  expired,
  fallback,
  finish,
  killed,
  kindsIn,
  refused,
  sent,
  sentBack,
  started,
} from './story.ts';

const cases: Case[] = [
  [
    'a call that its caller left running',
    ['call-outlives-ending'],
    [...begun, started(20, 'a'), ...finish(510, fallback), ended(600, 'a', 'overloaded')],
  ],
  [
    'a hang-up long after the ending',
    ['call-outlives-ending'],
    [...begun, started(20, 'a'), ...finish(510, fallback), ended(761, 'a', 'hung-up')],
  ],
  ['a call after the ending', ['call-after-ending'], [...clean, ...call('b', 600, 700, 'overloaded')]],
  [
    'a call that never ends',
    ['call-never-ended'],
    [...begun, started(20, 'a'), delivered(30, 2), ...finish(40, fallback, 2)],
  ],
  [
    'a call after the deadline',
    ['call-started-late'],
    [...begun, ...call('a', 10_001, 10_100, 'overloaded'), ...finish(10_110, expired)],
  ],
  [
    'a call that goes on after the deadline',
    ['call-outlives-deadline'],
    [...begun, ...call('a', 20, 10_251, 'overloaded'), ...finish(10_260, expired)],
  ],
  [
    'a call whose caller was killed when it was too late already',
    ['call-outlives-deadline'],
    [...begun, started(20, 'a'), killed(10_251), delivered(10_300, 2), ...finish(10_310, expired, 2)],
  ],
  [
    'a call paid twice without a kill',
    ['paid-twice-unexplained'],
    [
      ...clean.slice(0, 4),
      sentBack(510, 'database'),
      delivered(600),
      ...call('b', 610, 700),
      ...finish(710, answerOf('b')),
    ],
  ],
  [
    'a call paid twice, with a kill of another environment',
    ['paid-twice-unexplained'],
    [
      ...clean.slice(0, 4),
      killed(505, 3),
      delivered(600, 2),
      started(610, 'b', { environment: 2 }),
      ended(700, 'b'),
      ...finish(710, answerOf('b'), 2),
    ],
  ],
  [
    'a call paid twice, with a kill that came after it',
    ['paid-twice-unexplained'],
    [
      ...clean.slice(0, 4),
      delivered(600, 2),
      started(610, 'b', { environment: 2 }),
      killed(650),
      ended(700, 'b'),
      ...finish(710, answerOf('b'), 2),
    ],
  ],
  [
    'a processor that the job does not allow',
    ['processor-not-allowed'],
    [sent(0, { allowedProcessors: ['anthropic'] }), ...clean.slice(1)],
  ],
  [
    'a refusal that is shopped around',
    ['refusal-shopped-around'],
    [
      ...begun,
      ...call('a', 20, 500, 'content-policy'),
      ...call('b', 510, 600, 'overloaded'),
      ...finish(610, refused),
    ],
  ],
  [
    'a refusal that a default answer hides',
    ['refusal-overruled'],
    [...begun, ...call('a', 20, 500, 'model-refused'), ...finish(510, fallback)],
  ],
  [
    'the second of two calls paid twice, with a kill for the first',
    ['paid-twice-unexplained'],
    [
      ...begun,
      ...call('a', 20, 500),
      killed(505),
      delivered(600, 2),
      started(610, 'b', { environment: 2 }),
      ended(700, 'b'),
      sentBack(710, 'database', 2),
      delivered(800, 3),
      started(810, 'c', { environment: 3 }),
      ended(900, 'c'),
      ...finish(910, answerOf('c'), 3),
    ],
  ],
  [
    'two answers side by side',
    ['paid-twice-unexplained'],
    [
      ...begun,
      started(20, 'a'),
      delivered(30, 2),
      started(40, 'b', { environment: 2 }),
      ended(50, 'b'),
      ended(500, 'a'),
      ...finish(510, answerOf('a')),
    ],
  ],
  [
    'a failed call that was paid after the answer',
    ['paid-twice-unexplained'],
    [
      ...begun,
      ...call('a', 20, 500),
      started(505, 'b'),
      ended(506, 'b', 'overloaded', true),
      ...finish(510, answerOf('a')),
    ],
  ],
];

it.each(cases)('%s is found', (_name, kinds, history) => {
  expect(kindsIn(history)).toEqual(kinds);
});
