import {
  acknowledged,
  answerOf,
  begun,
  type Case,
  cached,
  call,
  clean,
  delivered,
  ended,
  ends,
  expired,
  fallback,
  finish,
  kindsIn,
  refused,
  sent,
  sentBack,
  started,
  told,
  written,
} from './story.ts';

const unanswered = clean.slice(0, 4);

const cases: Case[] = [
  ['a job without an ending', ['lost'], clean.slice(0, 4)],
  ['a second ending, though equal', ['ended-twice'], [...clean, ...ends(530, answerOf('a'))]],
  ['an ending long after the deadline', ['ended-late'], [...begun, ...finish(10_251, fallback)]],
  ['an expiry before the deadline', ['expired-early'], [...begun, ...finish(9_999, expired)]],
  [
    'an acknowledgement before the ending',
    ['acknowledged-before-ending'],
    [...clean.slice(0, 4), acknowledged(505), ...ends(510, answerOf('a'))],
  ],
  ['an end that nobody is told of', ['untold'], [...unanswered, written(510, answerOf('a'))]],
  [
    'an acknowledgement before the news',
    ['acknowledged-untold'],
    [...unanswered, written(510, answerOf('a')), acknowledged(515), told(520, answerOf('a'))],
  ],
  [
    'news before the ending',
    ['told-before-ending'],
    [...unanswered, told(505, answerOf('a')), written(510, answerOf('a'))],
  ],
  [
    'news of another ending',
    ['told-wrong'],
    [...unanswered, written(510, answerOf('a')), told(520, expired)],
  ],
  [
    'news of one ending under two names',
    ['told-wrong'],
    [...clean, told(530, answerOf('a')), told(540, answerOf('a'), 'j', 'another')],
  ],
  [
    'a dead-lettered job',
    ['dead-lettered'],
    [...clean, { kind: 'dead-lettered', atMs: 900, jobId: 'j', receives: 9 }],
  ],
  ['an answer from nowhere', ['answer-unearned'], [...begun, ...finish(510, answerOf('a'))]],
  [
    'the answer of a call that was cut',
    ['answer-unearned'],
    [...begun, ...call('a', 20, 500, 'cut'), ...finish(510, answerOf('a'))],
  ],
  [
    "another job's answer",
    ['answer-unearned'],
    [...clean, sent(600, { jobId: 'k' }), delivered(610, 1, 'k'), ...ends(620, answerOf('a'), 1, 'k')],
  ],
  [
    "another user's cached answer",
    ['cached-answer-unearned'],
    [
      ...clean,
      sent(600, { jobId: 'k', user: 'v' }),
      delivered(610, 1, 'k'),
      ...ends(620, cached('a'), 1, 'k'),
    ],
  ],
  [
    'a cached answer that no job ended with yet',
    ['cached-answer-unearned'],
    [
      sent(0, { jobId: 'k' }),
      delivered(1, 1, 'k'),
      ...ends(2, cached('a'), 1, 'k'),
      sent(3),
      delivered(10),
      ...clean.slice(2),
    ],
  ],
  [
    "a model's text as the default",
    ['default-answer-from-model'],
    [
      ...begun,
      ...call('a', 20, 500, 'cut'),
      ...finish(510, { status: 'succeeded', source: 'default', text: 'text of a' }),
    ],
  ],
  [
    'a refusal that nobody uttered',
    ['failed-without-cause'],
    [...begun, ...call('a', 20, 500, 'overloaded'), ...finish(510, refused)],
  ],
  [
    'a forbidden processor where all are allowed',
    ['failed-without-cause'],
    [...begun, ...finish(20, { status: 'failed', reason: 'processor-not-allowed' })],
  ],
  [
    'attempts exhausted by deferrals',
    ['failed-without-cause'],
    [
      ...begun,
      sentBack(20, 'throttled'),
      delivered(120),
      ...finish(130, { status: 'failed', reason: 'attempts-exhausted' }),
    ],
  ],
  [
    'a default in place of the answer',
    ['answer-discarded'],
    [...begun, ...call('a', 20, 500), ...finish(510, fallback)],
  ],
  [
    'an expiry in place of an answer in time',
    ['answer-discarded'],
    [...begun, ...call('a', 20, 9_999), ...finish(10_001, expired)],
  ],
  [
    'a second ending, but no fault of a cached answer in between',
    ['ended-twice'],
    [
      ...clean,
      sent(600, { jobId: 'k' }),
      delivered(610, 1, 'k'),
      ...ends(620, cached('a'), 1, 'k'),
      ...ends(630, answerOf('a')),
    ],
  ],
  [
    'an answer that is written before it came',
    ['answer-unearned', 'call-outlives-ending'],
    [...begun, started(20, 'a'), ...ends(490, answerOf('a')), ended(500, 'a'), acknowledged(510)],
  ],
];

it.each(cases)('%s is found', (_name, kinds, history) => {
  expect(kindsIn(history)).toEqual(kinds);
});
