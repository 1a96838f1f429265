import { queues, topics } from './messages.ts';
import { buckets, logGroups, secrets, unnamed, userPools } from './other-stores.ts';
import type { Store } from './store.ts';
import { tables } from './tables.ts';

/**
 * Every place where Relay keeps or carries data. `npm run check` holds it both ways: against what is deployed, and
 * against what the code writes. The documents under docs/privacy are made of it (`npm run privacy`).
 */
export const dataMap: readonly Store[] = [
  ...tables,
  ...queues,
  ...topics,
  ...logGroups,
  ...buckets,
  ...secrets,
  ...unnamed,
  ...userPools,
];
