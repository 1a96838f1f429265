import * as z from 'zod/mini';
import { identifier, jobIdentifier } from '../../pipeline/job/job-message.ts';
import { privacyRights, privacyStatuses, subjectKinds } from '../../pipeline/privacy/privacy-request.ts';
import { day, instant } from './common.ts';

export const privacyOrder = z.strictObject({
  right: z.enum(privacyRights),
  subject: z
    .strictObject({ kind: z.enum(subjectKinds), ref: identifier })
    .check(
      z.describe(
        'Whose data: a reference as jobs carry it in `subjectRefs`, a `creatorId`, or the id of the tenant itself.',
      ),
    ),
  receivedAt: z.optional(
    z.iso.datetime({ offset: true }).check(z.describe('When the person asked; now, if it is left out.')),
  ),
});

export const privacyParams = z.strictObject({ requestId: jobIdentifier });

export const privacyRequest = z.strictObject({
  requestId: z.string(),
  right: z.enum(privacyRights),
  subjectKind: z.enum(subjectKinds),
  status: z
    .enum(privacyStatuses)
    .check(
      z.describe('received: somebody is told of it. completed: the person who asked has been answered.'),
    ),
  receivedAt: instant.check(z.describe('When the person asked.')),
  dueOn: day.check(
    z.describe('The last day to answer on: one month after the person asked (GDPR Art. 12(3)), in UTC.'),
  ),
  completedAt: z.exactOptional(instant),
  links: z.strictObject({ self: z.string() }),
});
