import { alarmDrills } from './alarms/alarm-drills.ts';
import type { Drill } from './drill.ts';
import { accessDrills } from './drills/access-drills.ts';
import { apiDrills } from './drills/api-drills.ts';
import { chaosDrills } from './drills/chaos-drill.ts';
import { circuitDrills } from './drills/circuit-drills.ts';
import { deliveryDrills } from './drills/delivery-drills.ts';
import { errorDrills } from './drills/error-drills.ts';
import { limitDrills } from './drills/limit-drills.ts';
import { outageDrills } from './drills/outage-drills.ts';
import { privacyDrills } from './drills/privacy-drills.ts';
import { replyDrills } from './drills/reply-drills.ts';
import { rescueDrills } from './drills/rescue-drills.ts';
import { simulationDrills } from './drills/simulation-drills.ts';
import { storeDrills } from './drills/store-drills.ts';
import { webhookDrills } from './drills/webhook-drills.ts';

const all: readonly Drill[] = [
  ...alarmDrills,
  ...accessDrills,
  ...circuitDrills,
  ...limitDrills,
  ...deliveryDrills,
  ...webhookDrills,
  ...apiDrills,
  ...privacyDrills,
  ...storeDrills,
  ...rescueDrills,
  ...errorDrills,
  ...replyDrills,
  ...outageDrills,
  ...simulationDrills,
  ...chaosDrills,
];

/** Half a minute and more, longest first: one that began when all others have ended would be waited for alone. */
export const longest: readonly string[] = [
  'dead-provider',
  'user-limit',
  'clock-skew',
  'database-down',
  'database-slow',
  'erasure',
  'worker-killed',
  'webhook-tries',
  'every-grant',
  'budget',
  'operator-hold',
  'chaos',
  'aggregator-killed',
  'missing-grant',
];

const place = ({ name }: Drill): number => (longest.includes(name) ? longest.indexOf(name) : longest.length);

/** Every drill, in the order in which they begin. */
export const drills: readonly Drill[] = all.toSorted((one, other) => place(one) - place(other));
