import * as z from 'zod/mini';
import { identifier, jobIdentifier } from '../../pipeline/job/job-message.ts';
import { day, instant } from './common.ts';

/** What a person may ask for (GDPR Art. 15, 17, 18, 20, 21). */
const rights = ['access', 'portability', 'erasure', 'restriction', 'objection'] as const;

export const privacyOrder = z.strictObject({
  right: z.enum(rights),
  subject: z
    .strictObject({ kind: z.enum(['fan', 'creator', 'tenant']), ref: identifier })
    .check(
      z.describe('Whose data: a reference as jobs carry it in `subjectRefs`, a `creatorId`, or the tenant.'),
    ),
  receivedAt: z.optional(
    z.iso.datetime({ offset: true }).check(z.describe('When the person asked; now, if it is left out.')),
  ),
});

export const privacyParams = z.strictObject({ requestId: jobIdentifier });

export const privacyRequest = z.strictObject({
  requestId: z.string(),
  right: z.enum(rights),
  subjectKind: z.enum(['fan', 'creator', 'tenant']),
  status: z.enum(['received']),
  receivedAt: instant,
  dueOn: day.check(z.describe('One month after the person asked (Art. 12(3)).')),
  links: z.strictObject({ self: z.string() }),
});
