import { createHash } from 'node:crypto';
import type { JobMessage } from '../pipeline/job/job-message.ts';

type Names = Pick<JobMessage, 'jobId' | 'tenantId' | 'idempotencyKey'>;

/**
 * The id that a message gives its job; undefined when it names none. A producer that sends the same key twice means the
 * same job: the key alone decides the id, so no look-up is needed.
 */
export const jobIdNamedBy = ({ jobId, tenantId, idempotencyKey }: Names): string | undefined => {
  if (jobId !== undefined) return jobId;
  if (idempotencyKey === undefined) return undefined;
  return createHash('sha256').update(`${tenantId}\n${idempotencyKey}`).digest('base64url');
};
