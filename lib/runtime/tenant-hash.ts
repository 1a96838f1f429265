import { createHash } from 'node:crypto';

/** Names a tenant's records: it spreads tenants over the table's partitions, and no id is kept in a key. */
export const tenantHash = (tenantId: string): string =>
  createHash('sha256').update(tenantId).digest('base64url');
