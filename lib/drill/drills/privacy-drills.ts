import type { Drill } from '../drill.ts';
import { erasure } from './erasure.ts';

export const privacyDrills: readonly Drill[] = [
  {
    name: 'erasure',
    fault: 'a fan is erased while jobs run, workers and the eraser die, and messages come twice',
    pace: 'busy',
    run: erasure,
  },
];
