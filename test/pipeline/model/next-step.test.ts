import { limitCodes, type ModelFailure, nextStep } from '../../../lib/pipeline/model/model.ts';

it.each<[ModelFailure['kind'], ReturnType<typeof nextStep>]>([
  ['transient', 'retry'],
  ['throttled', 'retry'],
  ['money', 'go-on'],
  ['misconfigured', 'go-on'],
  ['refused', 'fail'],
  ['invalid', 'fail'],
])('after a failure that is %s: %s', (kind, step) => {
  expect(nextStep({ kind, code: 'some-code' })).toBe(step);
});

it.each([...limitCodes, 'empty-answer'])('%s is not tried again at the same model', (code) => {
  expect(nextStep({ kind: 'transient', code })).toBe('go-on');
});
