import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { exportPart } from '../../pipeline/privacy/export-line.ts';
import {
  type PrivacyRight,
  privacyStatuses,
  privacyTasks,
  subjectKinds,
} from '../../pipeline/privacy/privacy-request.ts';
import { sweptStores } from '../../pipeline/privacy/request-plan.ts';
import type { Subject } from '../../pipeline/privacy/subject.ts';

const progress = z.object({
  step: z.number(),
  cursor: z.optional(z.string()),
  dueAtMs: z.number(),
  erased: z.partialRecord(z.enum(sweptStores), z.number()),
});

/** A privacy request as the table keeps it. Times are ms since 1970. */
export const privacyRecord = z.object({
  tenantId: z.string(),
  requestId: z.string(),
  right: z.enum(privacyTasks),
  subjectKind: z.enum(subjectKinds),
  /** Personal: it is in no answer, log or alert, and not even here any more when the subject is erased. */
  subjectRef: z.exactOptional(z.string()),
  status: z.enum(privacyStatuses),
  /** When the person asked. */
  receivedAtMs: z.number(),
  /** The last day to answer on, in UTC. */
  dueOn: z.string(),
  completedAtMs: z.exactOptional(z.number()),
  recordedAtMs: z.number(),
  /** The client that brought it. */
  recordedBy: z.string(),
  /** What the audit trail calls it: the requestId may be made of a key of the caller's. */
  auditId: z.string(),
  /** Of the order that it came by. It goes with the reference, which could be guessed from it. */
  bodyHash: z.exactOptional(z.string()),
  progress,
  /** Counts changes: nobody overwrites what it has not seen. */
  version: z.number(),
  /** Objects of its export so far. */
  parts: z._default(z.array(exportPart), []),
  /** Where its export lies, once it is whole, and until when. */
  exportFolder: z.exactOptional(z.string()),
  exportUntilMs: z.exactOptional(z.number()),
  /** The instant of an erasure: what was accepted by then goes, what comes later is new. */
  erasedAtMs: z.exactOptional(z.number()),
  /** Of an erasure, signed: what became of each store. */
  receipt: z.exactOptional(z.string()),
});

export type PrivacyRecord = z.infer<typeof privacyRecord>;

/** A record of what somebody has asked for, and not of a replay. */
export type PersonsRequest = PrivacyRecord & { right: PrivacyRight };

export const isOfPerson = (record: PrivacyRecord): record is PersonsRequest => record.right !== 'replay';

export const isOpen = ({ status }: Pick<PrivacyRecord, 'status'>): boolean =>
  status === 'received' || status === 'in-progress';

export const readPrivacyRecord = (item: Record<string, AttributeValue>): PrivacyRecord =>
  privacyRecord.parse(unmarshall(item));

/** What stays of a request when the subject is erased: that it was, and when. */
export const withoutSubject = ({
  subjectRef: _ref,
  bodyHash: _hash,
  ...kept
}: PrivacyRecord): PrivacyRecord => kept;

/** `undefined` for whom was erased. */
export const subjectOf = ({
  tenantId,
  subjectKind: kind,
  subjectRef: ref,
}: PrivacyRecord): Subject | undefined => (ref === undefined ? undefined : { tenantId, kind, ref });
