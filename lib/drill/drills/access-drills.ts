import type { Drill } from '../drill.ts';
import { everyGrant } from './every-grant.ts';
import { missingGrant } from './missing-grant.ts';

export const accessDrills: readonly Drill[] = [
  {
    name: 'every-grant',
    fault: 'none: every function does all that its role lets it do, and no role may let it do more',
    pace: 'busy',
    run: everyGrant,
  },
  {
    name: 'missing-grant',
    fault: 'a statement is gone from the policy of every function',
    pace: 'waiting',
    run: missingGrant,
  },
];
