import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { DAY_MS } from '../../pipeline/utc.ts';
import { createApiClient } from '../rig/api-client.ts';
import type { Rig } from '../rig/rig.ts';
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

const caller = { tenantId: 'tenant-drill', scopes: ['privacy:write'] };

/** Brings a request that a person made 25 days ago. */
const askLate = async (rig: Rig): Promise<void> => {
  const receivedAt = new Date(Date.now() - 25 * DAY_MS).toISOString();
  const api = createApiClient(rig, await rig.token(caller), new AbortController().signal);
  const order = { right: 'access', subject: { kind: 'fan', ref: 'fan-late' }, receivedAt };
  const { status } = await api.ask('POST', '/v1/privacy/requests', order);
  if (status !== 202) throw new Error(`a privacy request was answered ${status}`);
};

/** What must be noticed of the rights of persons, and of what proves them. */
export const privacyDrills: readonly AlarmDrill[] = [
  {
    name: 'privacy-late',
    condition: 'a request of a person cannot be answered, and is 25 days old',
    alarms: ['privacy-late'],
    rig: { alarmTimeScale: 60 },
    prepare: (rig) => rig.invoke('answer-privacy-requests', {}),
    begin: async (rig) => {
      await rig.cloudFaults([
        {
          id: 'no-jobs',
          match: { table: 'jobs', operation: 'Query', functionName: 'answer-privacy-requests' },
          fault: { kind: 'throttle' },
        },
      ]);
      await askLate(rig);
    },
    end: (rig) => rig.cloudFaults([]),
  },
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
