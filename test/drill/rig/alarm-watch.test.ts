import { createAlarmWatch } from '../../../lib/drill/rig/alarm-watch.ts';
import type { CompositeAlarm } from '../../../lib/local/cloud/cloudwatch/alarm.ts';

const alarm: CompositeAlarm = {
  kind: 'composite',
  name: 'down',
  arn: 'arn:aws:cloudwatch:eu-west-3:000000000000:alarm:down',
  description: null,
  actions: { ALARM: [], OK: [], INSUFFICIENT_DATA: [] },
  ruleText: 'TRUE',
  rule: { kind: 'constant', value: true },
};

const to = (state: 'OK' | 'ALARM') => ({ alarm, from: 'OK', to: state, reason: '', atMs: 0 }) as const;

const watch = (signal = new AbortController().signal) => createAlarmWatch(signal);

const MINUTE = 60_000;

it('a state that an alarm is in is reached at once, one that it has left is not', async () => {
  const { onChange, reaches } = watch();
  onChange(to('ALARM'));
  expect((await reaches('down', 'ALARM', MINUTE))?.change.to).toBe('ALARM');
  onChange(to('OK'));
  expect(await reaches('down', 'ALARM', 1)).toBeUndefined();
});

it('a state that comes while someone waits ends the wait', async () => {
  const { onChange, reaches } = watch();
  const reached = reaches('down', 'ALARM', MINUTE);
  onChange(to('OK'));
  onChange(to('ALARM'));
  expect((await reached)?.change.to).toBe('ALARM');
});

it('an abort ends the wait', async () => {
  const stop = new AbortController();
  const reached = watch(stop.signal).reaches('down', 'ALARM', MINUTE);
  stop.abort(new Error('stopped'));
  await expect(reached).rejects.toThrow('stopped');
});
