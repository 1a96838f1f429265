import type { Drill } from '../drill.ts';
import { accountingDrills } from './accounting-drills.ts';
import { type AlarmDrill, toDrill } from './alarm-drill.ts';
import { alertDrills } from './alert-drills.ts';
import { apiDrills } from './api-drills.ts';
import { endingDrills } from './ending-drills.ts';
import { laneDrills } from './lane-drills.ts';
import { ledgerDrills } from './ledger-drills.ts';
import { modelDrills } from './model-drills.ts';
import { privacyDrills } from './privacy-drills.ts';
import { shutdownDrills } from './shutdown-drills.ts';
import { webhookDrills } from './webhook-drills.ts';

/** Every condition that drives alarms; those that take longest begin first. */
const all: readonly AlarmDrill[] = [
  ...endingDrills,
  ...accountingDrills,
  ...shutdownDrills,
  ...laneDrills,
  ...modelDrills,
  ...ledgerDrills,
  ...alertDrills,
  ...webhookDrills,
  ...apiDrills,
  ...privacyDrills,
];

export const alarmDrills: readonly Drill[] = all.map(toDrill);

/** Which drill drives an alarm, by the alarm's name without the stage's prefix. */
export const drillOfAlarm: ReadonlyMap<string, string> = new Map(
  all.flatMap(({ name, alarms }) => alarms.map((alarm) => [alarm, `alarm-${name}`] as const)),
);
