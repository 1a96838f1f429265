import { createHash } from 'node:crypto';
import type { ModelRequest } from '../../pipeline/model/model.ts';

/** 128 bits: more creators than there will ever be, and within the 64 characters that the APIs take. */
const KEY_CHARS = 32;

/**
 * Sends prompts that begin alike to the servers that have read them before. The provider must not learn from it who
 * a creator or a tenant is, so it is a hash, of both with their border: nobody else's prompts share a key.
 */
export const promptCacheKey = ({ cacheGroup: { tenantId, creatorId } }: ModelRequest): string =>
  createHash('sha256')
    .update(JSON.stringify(['prompt-cache', tenantId, creatorId]))
    .digest('hex')
    .slice(0, KEY_CHARS);
