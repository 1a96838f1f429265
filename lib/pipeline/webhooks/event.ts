import * as z from 'zod/mini';
import { completionEvent } from '../job/completion-event.ts';
import { requestEvent } from '../privacy/request-event.ts';

/** All that tenants are told of, by `type`. */
export const tenantEvent = z.discriminatedUnion('type', [completionEvent, requestEvent]);

export type TenantEvent = z.infer<typeof tenantEvent>;
