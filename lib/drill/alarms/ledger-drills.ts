import { keepSending } from '../rig/keep-sending.ts';
import type { AlarmDrill } from './alarm-drill.ts';

export const ledgerDrills: readonly AlarmDrill[] = [
  {
    name: 'ledger-table',
    condition: 'DynamoDB throttles the ledger, and AWS refuses to run its repair',
    alarms: ['ledger-unwritten', 'ledger-repair'],
    rig: { alarmTimeScale: 60 },
    needsQueue: 'relay-local-ledger-repair',
    begin: async (rig, during) => {
      await rig.cloudFaults([
        { id: 'throttled', match: { table: 'ledger' }, fault: { kind: 'throttle' } },
        { id: 'refused', match: { functionName: 'repair-ledger' }, fault: { kind: 'no-concurrency' } },
      ]);
      await keepSending(rig, during, { everyMs: 500, jobs: [{}] });
    },
    end: (rig) => rig.cloudFaults([]),
  },
];
