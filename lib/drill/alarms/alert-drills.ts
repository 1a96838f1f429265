import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { pause } from '../../local/sample/pause.ts';
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
    name: 'denied-notices',
    condition: 'SNS refuses the notices of the aggregator',
    alarms: ['group-alerts-unsent'],
    rig: { alarmTimeScale: 60 },
    begin: async (rig, during) => {
      await rig.cloudFaults([
        { id: 'denied', match: { functionName: 'group-alerts' }, fault: { kind: 'denied' } },
      ]);
      using queues = openQueues(rig);
      // one group alone is tried again after 20 s, which are as many minutes here
      for (let nth = 0; !during.aborted; nth += 1) {
        await queues.send('alerts', alertBody({ ...anAlert(Date.now()), ...aGroup(nth) }));
        await pause(500, during);
      }
    },
    end: (rig) => rig.cloudFaults([]),
  },
  {
    name: 'spoilt-group',
    condition: 'somebody writes into the record of a group of alerts what is no group',
    alarms: ['group-alerts-unreadable'],
    rig: { alarmTimeScale: 60 },
    begin: async ({ dynamodb }) => {
      const Item = { ...spoilt, version: { N: '7' }, value: { S: '{"members": 7}' } };
      await dynamodb.send(new PutItemCommand({ TableName: ALERTS, Item }));
    },
    end: async ({ dynamodb }) => {
      await dynamodb.send(new DeleteItemCommand({ TableName: ALERTS, Key: spoilt }));
    },
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

const ALERTS = 'relay-local-alerts';

const spoilt = { family: { S: 'group' }, name: { S: 'waiting/warning/' } };

/** Told at once. */
const aGroup = (nth: number) => ({ severity: 'critical' as const, labels: { provider: `provider-${nth}` } });

const anAlert = (atMs: number) => ({
  name: 'open-circuits',
  severity: 'warning' as const,
  state: 'firing' as const,
  labels: {},
  atMs,
});
