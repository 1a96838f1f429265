import {
  acknowledged,
  answerOf,
  begun,
  type Case,
  call,
  clean,
  ended,
  fallback,
  finish,
  kindsIn,
  started,
  written,
} from './story.ts';

const cases: Case[] = [
  ['an ending of a job that nobody sent', ['unknown-job'], [...clean, written(530, fallback, 1, 'k')]],
  [
    'an ending by an environment that never had the job',
    ['not-delivered', 'not-delivered'],
    [...clean.slice(0, 4), ...finish(510, answerOf('a'), 2)],
  ],
  ['an event that goes back in time', ['broken-record'], [...clean, acknowledged(519)]],
  ['an end without a start', ['broken-record'], [...clean, ended(600, 'b')]],
  ['a call that ends twice', ['broken-record'], [...clean, ended(600, 'a')]],
  [
    'a call that starts twice',
    ['broken-record'],
    [...clean.slice(0, 3), started(30, 'a'), ...clean.slice(3)],
  ],
  [
    'two calls with one text',
    ['broken-record'],
    [
      ...begun,
      ...call('a', 20, 500, 'overloaded'),
      started(505, 'b', { text: 'text of a' }),
      ...finish(510, fallback),
    ],
  ],
];

it.each(cases)('%s is found', (_name, kinds, history) => {
  expect(kindsIn(history)).toEqual(kinds);
});
