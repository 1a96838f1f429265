import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { AlarmDrill } from './alarm-drill.ts';

const table = 'relay-local-audit';

/** A record that nobody has appended: it follows none, and its hash is of nothing. */
const forged = {
  chain: 'http-api',
  sequence: 1,
  atMs: 0,
  action: 'hold-circuit',
  actor: 'nobody',
  target: 'openai/gpt-5',
  requestId: 'none',
  details: {},
  previousHash: '',
  hash: 'forged',
};

/** What must be noticed of the rights of persons, and of what proves them. */
export const privacyDrills: readonly AlarmDrill[] = [
  {
    name: 'audit-trail',
    condition: 'a record of the audit trail is changed',
    alarms: ['audit-broken'],
    // An hour, which is as long as a period of this alarm, passes in 15 s.
    rig: { alarmTimeScale: 240 },
    prepare: (rig) => rig.invoke('verify-privacy', {}),
    begin: async (rig) => {
      await rig.dynamodb.send(new PutItemCommand({ TableName: table, Item: marshall(forged) }));
      await rig.invoke('verify-privacy', {});
    },
    end: async (rig) => {
      const { chain, sequence } = forged;
      await rig.dynamodb.send(
        new DeleteItemCommand({ TableName: table, Key: marshall({ chain, sequence }) }),
      );
      await rig.invoke('verify-privacy', {});
    },
  },
];
