import { createHash } from 'node:crypto';

/** What an idempotency key of a tenant names: the key alone decides the id, so no look-up is needed. */
export const idOfKey = (tenantId: string, key: string): string =>
  createHash('sha256').update(`${tenantId}\n${key}`).digest('base64url');
