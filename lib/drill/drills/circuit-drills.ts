import type { Drill } from '../drill.ts';
import { deadProvider } from './dead-provider.ts';
import { operatorHold } from './operator-hold.ts';

export const circuitDrills: readonly Drill[] = [
  {
    name: 'dead-provider',
    fault: 'Models die under 26 workers: errors, resets and silence, each at a provider of its own',
    pace: 'waiting',
    run: deadProvider,
  },
  {
    name: 'operator-hold',
    fault: 'An operator holds a circuit open while its provider is well, and closed while it fails',
    pace: 'waiting',
    run: operatorHold,
  },
];
