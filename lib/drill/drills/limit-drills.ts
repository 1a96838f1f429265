import type { Drill } from '../drill.ts';
import { budget } from './budget.ts';
import { lowFloods } from './low-floods.ts';
import { quotaWrites } from './quota-writes.ts';
import { userLimit } from './user-limit.ts';

export const limitDrills: readonly Drill[] = [
  {
    name: 'user-limit',
    fault: 'Many senders write for one creator at the same moment, over all lanes',
    pace: 'waiting',
    run: userLimit,
  },
  {
    name: 'quota-writes',
    fault: 'None: what limits, budgets and circuits write while all is well',
    pace: 'alone',
    run: quotaWrites,
  },
  {
    name: 'budget',
    fault: 'Fifty jobs come at once, in all lanes, when their tenant has little money left for the day',
    pace: 'busy',
    run: budget,
  },
  {
    name: 'low-floods',
    fault: 'Lane `low` sends twice what the provider quota of its model holds',
    pace: 'alone',
    run: lowFloods,
  },
];
