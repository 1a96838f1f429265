import type { Drill } from './drill.ts';
import { rescueDrills } from './rescue-drills.ts';
import { simulationDrills } from './simulation-drills.ts';

/** Every drill, in the order in which they run. */
export const drills: readonly Drill[] = [...rescueDrills, ...simulationDrills];
