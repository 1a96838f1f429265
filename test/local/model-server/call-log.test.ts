import { createCallLog } from '../../../lib/local/model-server/call-log.ts';

const call = { provider: 'openai', model: 'gpt-5', traceId: undefined, callId: undefined } as const;

const log = (maxCalls = 10) => {
  const clock = { nowMs: 1000 };
  return { clock, calls: createCallLog(() => clock.nowMs, maxCalls) };
};

it('has calls that run and calls that ended, each with its times', () => {
  const { clock, calls } = log();
  const end = calls.start(call);
  clock.nowMs = 1500;
  calls.start({ ...call, model: 'gpt-5-mini' });
  clock.nowMs = 2000;
  end('answered');
  expect(calls.since(0)).toEqual([
    { ...call, startedAtMs: 1000, endedAtMs: 2000, outcome: 'answered' },
    { ...call, model: 'gpt-5-mini', startedAtMs: 1500, endedAtMs: undefined, outcome: 'running' },
  ]);
});

it('lists what started at a time or later', () => {
  const { clock, calls } = log();
  for (clock.nowMs = 1; clock.nowMs <= 5; clock.nowMs += 1) calls.start(call);
  expect(calls.since(4).map(({ startedAtMs }) => startedAtMs)).toEqual([4, 5]);
});

it('forgets the oldest beyond its bound, and all when cleared', () => {
  const { clock, calls } = log(10);
  for (clock.nowMs = 1; clock.nowMs <= 57; clock.nowMs += 1) {
    calls.start(call)('answered');
    expect(calls.since(0)).toHaveLength(Math.min(clock.nowMs, 10));
    expect(calls.since(0).at(-1)).toMatchObject({ startedAtMs: clock.nowMs, outcome: 'answered' });
  }
  calls.clear();
  expect(calls.since(0)).toEqual([]);
});
