import { pause } from '../../local/sample/pause.ts';
import type { Rig } from '../rig/rig.ts';
import type { AlarmDrill } from './alarm-drill.ts';

/** Asks the API, once after the other. What it answers is the gateway's to count. */
const keepAsking = async ({ endpoints }: Rig, during: AbortSignal): Promise<void> => {
  while (!during.aborted) {
    await fetch(`${endpoints.api}/v1/health`);
    await pause(250, during);
  }
};

/** Whether who calls the API is answered. */
export const apiDrills: readonly AlarmDrill[] = [
  {
    name: 'dead-api',
    condition: 'the function behind the HTTP API dies in every request',
    alarms: ['api-errors'],
    rig: { alarmTimeScale: 60 },
    begin: async (rig, during) => {
      const match = { functionName: 'http-api' };
      await rig.cloudFaults([{ id: 'death', match, fault: { kind: 'kill', when: 'before-return' } }]);
      await keepAsking(rig, during);
    },
    end: (rig) => rig.cloudFaults([]),
    after: keepAsking,
  },
];
