import { sha256 } from './sha256.ts';

/** What an idempotency key of a tenant names: the key alone decides the id, so no look-up is needed. */
export const idOfKey = (tenantId: string, key: string): string => sha256(`${tenantId}\n${key}`);
