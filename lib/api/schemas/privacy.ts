import * as z from 'zod/mini';
import { identifier, jobIdentifier } from '../../pipeline/job/job-message.ts';
import { exportPart } from '../../pipeline/privacy/export-line.ts';
import { privacyRights, privacyStatuses, subjectKinds } from '../../pipeline/privacy/privacy-request.ts';
import { day, instant } from './common.ts';

export const privacyOrder = z.strictObject({
  right: z
    .enum(privacyRights)
    .check(z.describe('lifting: a restriction or an objection ends; jobs about the person are done again.')),
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

/** `signature`: base64, by the stage's receipt key in KMS, of the bytes of `text`. */
export const signedReceipt = z.strictObject({
  text: z.string(),
  signature: z.string(),
  algorithm: z.literal('ECDSA_SHA_256'),
});

export const privacyRequest = z.strictObject({
  requestId: z.string(),
  right: z.enum(privacyRights),
  subjectKind: z.enum(subjectKinds),
  status: z
    .enum(privacyStatuses)
    .check(
      z.describe(
        'received: not begun. completed: all is done, the tenant answers the person. partly: what the law has kept stays. refused: a person has decided so.',
      ),
    ),
  receivedAt: instant.check(z.describe('When the person asked.')),
  dueOn: day.check(
    z.describe('The last day to answer on: one month after the person asked (GDPR Art. 12(3)), in UTC.'),
  ),
  completedAt: z.exactOptional(instant),
  receipt: z.exactOptional(
    signedReceipt.check(z.describe('Of an erasure: what became of each store, as JSON, and its signature.')),
  ),
  export: z.exactOptional(
    z
      .strictObject({
        keptUntil: instant,
        linksUntil: instant,
        manifest: z.string(),
        parts: z.array(z.strictObject({ ...exportPart.shape, url: z.string() })),
      })
      .check(
        z.describe(
          'What is kept of the person, as JSON Lines: links to its objects, and to a manifest with their hashes.',
        ),
      ),
  ),
  links: z.strictObject({ self: z.string() }),
});
