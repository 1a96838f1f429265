import { sha256 } from './sha256.ts';

/** Names a tenant's records: it spreads tenants over the table's partitions, and no id is kept in a key. */
export const tenantHash = (tenantId: string): string => sha256(tenantId);
