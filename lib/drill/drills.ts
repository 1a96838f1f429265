import { chaosDrills } from './chaos-drill.ts';
import { circuitDrills } from './circuit-drills.ts';
import { deliveryDrills } from './delivery-drills.ts';
import type { Drill } from './drill.ts';
import { errorDrills } from './error-drills.ts';
import { limitDrills } from './limit-drills.ts';
import { outageDrills } from './outage-drills.ts';
import { replyDrills } from './reply-drills.ts';
import { rescueDrills } from './rescue-drills.ts';
import { simulationDrills } from './simulation-drills.ts';
import { storeDrills } from './store-drills.ts';

/** Every drill, in the order in which they run: those that wait longest begin first. */
export const drills: readonly Drill[] = [
  ...circuitDrills,
  ...limitDrills,
  ...deliveryDrills,
  ...storeDrills,
  ...rescueDrills,
  ...errorDrills,
  ...replyDrills,
  ...outageDrills,
  ...simulationDrills,
  ...chaosDrills,
];
