import * as z from 'zod/mini';
import { utcInstant } from '../utc.ts';
import { privacyRights, subjectKinds } from './privacy-request.ts';

/**
 * The news that a privacy request has been answered: a body of the results topic, and of a webhook. It says whose client's
 * request it is and of which kind, and not about whom: the tenant knows that, and tells whoever it has given the data to
 * (GDPR Art. 19).
 */
export const requestEvent = z.object({
  type: z.literal('privacy-request.ended'),
  /** The same for the same request, however often it is told. */
  eventId: z.string().check(z.minLength(1), z.maxLength(64)),
  requestId: z.string(),
  tenantId: z.string(),
  right: z.enum(privacyRights),
  subjectKind: z.enum(subjectKinds),
  status: z.enum(['completed', 'partly']),
  completedAt: z.iso.datetime(),
});

export type RequestEvent = z.infer<typeof requestEvent>;

/** A request that has been answered; `completedAtMs` in ms since 1970. */
export type EndedRequest = Pick<
  RequestEvent,
  'requestId' | 'tenantId' | 'right' | 'subjectKind' | 'status'
> & { completedAtMs: number };

/** `hashOf` makes the id, of letters, digits, `-` and `_`, 64 at most. */
export const requestEventOf = (
  { requestId, tenantId, right, subjectKind, status, completedAtMs }: EndedRequest,
  hashOf: (text: string) => string,
): RequestEvent => ({
  type: 'privacy-request.ended',
  eventId: hashOf(JSON.stringify(['privacy-request', tenantId, requestId])),
  requestId,
  tenantId,
  right,
  subjectKind,
  status,
  completedAt: utcInstant(completedAtMs),
});
