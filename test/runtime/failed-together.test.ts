import { failedTogether } from '../../lib/runtime/failed-together.ts';

const named = (name: string): Error => Object.assign(new Error('what happened'), { name });

it('is named after the failure that does not pass by itself, and keeps them all', () => {
  const errors = [named('ThrottlingException'), named('AccessDeniedException')];
  const failure = failedTogether(errors, '2 hours were not folded');
  expect([failure.name, failure.message, failure.errors]).toEqual([
    'AccessDeniedException',
    '2 hours were not folded',
    errors,
  ]);
});

it('is named after the first when all pass', () => {
  expect(failedTogether([named('TimeoutError'), named('AbortError')], '').name).toBe('TimeoutError');
});

it('has its own name when what was thrown is no error', () => {
  expect(failedTogether(['text'], '').name).toBe('AggregateError');
});
