import { startScheduledRules } from '../../../../lib/local/cloud/events/scheduled-rules.ts';
import { createAsyncInvocations } from '../../../../lib/local/cloud/lambda/async-invocations.ts';
import type { InvocationResult } from '../../../../lib/local/cloud/lambda/execution-environment.ts';

const MINUTE = 60_000;
const ARN = 'arn:aws:events:eu-west-3:000000000000:rule/every-two';
const FUNCTION = 'arn:aws:lambda:eu-west-3:000000000000:function:door';

const failed: InvocationResult = { kind: 'failed', errorType: 'Error' };
const returned: InvocationResult = { kind: 'returned', payload: 'null' };

/** A clock that is moved by hand, and a function whose invocations end as they are told. */
const world = (results: InvocationResult[], input?: string) => {
  let nowMs = 0;
  const ticks = new Set<(minuteEndMs: number) => void>();
  const events: { minute: number; event: string }[] = [];
  const everyMinute = (run: (minuteEndMs: number) => void) => {
    ticks.add(run);
    return () => void ticks.delete(run);
  };
  const clock = { now: () => nowMs, everyMinute };
  const invocations = createAsyncInvocations(clock);
  const stopRules = startScheduledRules({
    rules: [{ arn: ARN, scheduleExpression: 'rate(2 minutes)', targets: [{ arn: FUNCTION, input }] }],
    clock,
    region: 'eu-west-3',
    functionOf: () => ({
      invoke: async (event) => {
        events.push({ minute: nowMs / MINUTE, event });
        return results.shift() ?? returned;
      },
    }),
    invoke: invocations.invoke,
  });
  return {
    events,
    stop: () => {
      stopRules();
      invocations.stop();
    },
    minutes: async (count: number) => {
      for (let passed = 0; passed < count; passed += 1) {
        nowMs += MINUTE;
        for (const tick of ticks) tick(nowMs);
        await Promise.resolve();
        await Promise.resolve();
      }
    },
  };
};

const minutesOf = ({ events }: ReturnType<typeof world>): number[] => events.map(({ minute }) => minute);

it('a function is invoked on schedule with what EventBridge sends', async () => {
  const run = world([]);
  await run.minutes(5);
  expect(minutesOf(run)).toEqual([2, 4]);
  expect(JSON.parse(run.events[0]?.event ?? '')).toEqual({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    region: 'eu-west-3',
    resources: [ARN],
    detail: {},
  });
});

it('or with the input that the rule has', async () => {
  const run = world([], '{"dry":true}');
  await run.minutes(2);
  expect(run.events.map(({ event }) => event)).toEqual(['{"dry":true}']);
});

it('an invocation that failed is repeated after one minute and after two more, and then given up', async () => {
  const run = world([failed, returned]);
  await run.minutes(3);
  expect(minutesOf(run)).toEqual([2, 3]);
  const longer = world([failed, failed, returned, failed]);
  await longer.minutes(9);
  // On schedule at 2, 4, 6 and 8; the first one again at 3 and at 5, and then no more.
  expect(minutesOf(longer)).toEqual([2, 3, 4, 5, 6, 8]);
});

it('nothing is invoked after the stop', async () => {
  const run = world([]);
  run.stop();
  await run.minutes(5);
  expect(run.events).toEqual([]);
});
