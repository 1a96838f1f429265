import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import { liveUntilMs, SHUTDOWN_ALARM_DAYS } from '../../pipeline/model/lifecycle.ts';
import { modelNames } from '../../pipeline/model/model.ts';
import { DAY_MS, dayStartMs } from '../../pipeline/utc.ts';
import type { Rig } from '../rig/rig.ts';
import type { AlarmDrill } from './alarm-drill.ts';

/** Shuts models down and offers no successor, so that a stage without another provider loses them. */
const PROVIDER = 'azure-openai';

export const shutdownDrills: readonly AlarmDrill[] = [
  {
    name: 'model-shutdown',
    condition: 'the clock comes near the day on which the only provider of a model shuts it down',
    alarms: SHUTDOWN_ALARM_DAYS.map((days) => `model-shutdown-${days}-days`),
    // An hour passes in 7.5 s.
    rig: { providers: [PROVIDER], alarmTimeScale: 480 },
    prepare: (rig) => setClock(rig, firstLossMs() - 2 * Math.max(...SHUTDOWN_ALARM_DAYS) * DAY_MS),
    begin: (rig) => setClock(rig, firstLossMs() - DAY_MS),
    // As if another provider had put the day off.
    end: (rig) => setClock(rig, firstLossMs() - 2 * Math.max(...SHUTDOWN_ALARM_DAYS) * DAY_MS),
  },
];

/** When the stage loses its first model, whatever day it is today. In ms since 1970. */
const firstLossMs = (): number => {
  const losses = modelNames
    .map((name) => defaultCatalogue[name])
    .flatMap((model) =>
      model.offers
        .filter(({ provider }) => provider === PROVIDER)
        .flatMap(({ liveUntil }) => liveUntil ?? [])
        .map((day) => liveUntilMs(model, new Set([PROVIDER]), dayStartMs(day) - 1)),
    );
  const firstMs = Math.min(...losses);
  if (firstMs === Infinity)
    throw new Error(`${PROVIDER} shuts no model down for good: choose another provider`);
  return firstMs;
};

/** From the next run of the function on: the environment that it has is killed in its next one. */
const setClock = (rig: Rig, nowMs: number): Promise<void> => {
  const functionName = 'total-costs';
  return rig.cloudFaults([
    { id: 'new', match: { functionName, times: 1 }, fault: { kind: 'kill', when: 'before-return' } },
    { id: 'clock', match: { functionName }, fault: { kind: 'skew', ms: Math.round(nowMs - Date.now()) } },
  ]);
};
