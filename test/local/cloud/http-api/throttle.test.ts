import { createThrottles } from '../../../../lib/local/cloud/http-api/throttle.ts';

const route = { functionArn: 'arn', timeoutMs: 1 };
const open = { ...route, key: 'GET /open', throttle: { perSecond: 1, burst: 2 } };
const [one, other] = [
  { ...route, key: 'GET /one' },
  { ...route, key: 'GET /other' },
];

it('a route with a throttle of its own takes nothing from the others, which share that of their stage', () => {
  let nowMs = 0;
  const spec = { routes: [open, one, other], throttle: { perSecond: 2, burst: 3 } };
  const hasRoom = createThrottles(spec, () => nowMs);
  expect([open, open, open].map(hasRoom)).toEqual([true, true, false]);
  expect([one, other, one, other].map(hasRoom)).toEqual([true, true, true, false]);
  nowMs = 1_000;
  expect([open, open].map(hasRoom)).toEqual([true, false]);
  expect([one, other, one].map(hasRoom)).toEqual([true, true, false]);
});
