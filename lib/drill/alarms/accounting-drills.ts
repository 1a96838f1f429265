import { pause } from '../../local/sample/pause.ts';
import { HOUR_MS, utcHour } from '../../pipeline/utc.ts';
import type { Rig } from '../rig/rig.ts';
import type { AlarmDrill } from './alarm-drill.ts';

/** This hour and those on either side of it, as a person asks for it (docs/runbook.md). */
export const reconcile = (rig: Rig): Promise<void> =>
  rig.invoke('reconcile-costs', {
    fromHour: utcHour(Date.now() - HOUR_MS),
    untilHour: utcHour(Date.now() + HOUR_MS),
  });

const deathOf = (functionName: string) => ({
  id: functionName,
  match: { functionName },
  fault: { kind: 'kill', when: 'before-return' },
});

/** The functions that keep the accounts by the clock. */
export const accountingDrills: readonly AlarmDrill[] = [
  {
    name: 'dead-accounts',
    condition: 'the functions that total and reconcile costs die in every run',
    alarms: ['total-costs', 'reconcile-costs'],
    // An hour, after which a run that succeeded makes no failure good any more, passes in 15 s.
    rig: { alarmTimeScale: 240 },
    prepare: reconcile,
    begin: async (rig, during) => {
      await rig.cloudFaults(['total-costs', 'reconcile-costs'].map(deathOf));
      while (!during.aborted) {
        await reconcile(rig).catch(() => undefined); // it dies: that is what is to be noticed
        await pause(2_000, during);
      }
    },
    end: async (rig) => {
      await rig.cloudFaults([]);
      await reconcile(rig);
    },
  },
];
