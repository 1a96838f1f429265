import { alertBody } from '../../pipeline/alerts/message-body.ts';
import { openQueues } from '../rig/queues.ts';
import type { AlarmDrill } from './alarm-drill.ts';

/** What watches over the aggregator of alerts. */
export const alertDrills: readonly AlarmDrill[] = [
  {
    name: 'alerts-table',
    condition: 'DynamoDB throttles the table of alerts',
    alarms: ['group-alerts-errors'],
    rig: { alarmTimeScale: 60 },
    begin: (rig) =>
      rig.cloudFaults([{ id: 'throttled', match: { table: 'alerts' }, fault: { kind: 'throttle' } }]),
    end: (rig) => rig.cloudFaults([]),
  },
  {
    name: 'alerts-refused',
    condition: 'AWS refuses to run the aggregator of alerts while an alert waits',
    alarms: ['group-alerts-heartbeat', 'group-alerts-waiting'],
    rig: { alarmTimeScale: 60 },
    begin: async (rig) => {
      await rig.cloudFaults([
        { id: 'refused', match: { functionName: 'group-alerts' }, fault: { kind: 'no-concurrency' } },
      ]);
      using queues = openQueues(rig);
      await queues.send('alerts', alertBody(anAlert(Date.now())));
    },
    end: (rig) => rig.cloudFaults([]),
  },
  {
    name: 'no-alert',
    condition: 'a message that is no alert comes to the alerts queue',
    alarms: ['group-alerts-dead-letters'],
    rig: { alarmTimeScale: 60 },
    begin: async (rig) => {
      using queues = openQueues(rig);
      await queues.send('alerts', '{"kind":');
    },
    end: async (rig) => {
      using queues = openQueues(rig);
      await queues.take('alerts-dlq');
    },
  },
];

const anAlert = (atMs: number) => ({
  name: 'open-circuits',
  severity: 'warning' as const,
  state: 'firing' as const,
  labels: {},
  atMs,
});
