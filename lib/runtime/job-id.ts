import type { JobMessage } from '../pipeline/job/job-message.ts';
import { idOfKey } from './id-of-key.ts';

type Names = Pick<JobMessage, 'jobId' | 'tenantId' | 'idempotencyKey'>;

/**
 * The id that a message gives its job; undefined when it names none. A producer that sends the same key twice means the
 * same job.
 */
export const jobIdNamedBy = ({ jobId, tenantId, idempotencyKey }: Names): string | undefined => {
  if (jobId !== undefined) return jobId;
  if (idempotencyKey === undefined) return undefined;
  return idOfKey(tenantId, idempotencyKey);
};
