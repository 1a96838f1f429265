import * as z from 'zod/mini';
import { privacyRights, privacyStatuses, subjectKinds } from './privacy-request.ts';

/** An instant as ISO 8601 has it, in UTC. */
const instant = z.iso.datetime();

const answer = z.strictObject({
  text: z.string(),
  aiGenerated: z.boolean(),
  source: z.string(),
  modelId: z.exactOptional(z.string()),
  generatedAt: z.exactOptional(instant),
});

/** A call of a provider: to whom data has gone (GDPR Art. 15(1)(c)). */
const recipient = z.strictObject({
  provider: z.string(),
  modelId: z.string(),
  at: instant,
  outcome: z.string(),
});

const jobLine = z.strictObject({
  kind: z.literal('job'),
  jobId: z.string(),
  creatorId: z.string(),
  subjectRefs: z.array(z.string()),
  acceptedAt: instant,
  /** What the tenant has sent: the message as it came, as long as it is kept. */
  message: z.exactOptional(z.unknown()),
  /** The consent that the tenant has named. */
  consentRef: z.exactOptional(z.string()),
  metadata: z.exactOptional(z.record(z.string(), z.string())),
  /** From here on what is derived of it: in an answer of access, and not of portability (Art. 20(1)). */
  status: z.exactOptional(z.string()),
  reason: z.exactOptional(z.string()),
  endedAt: z.exactOptional(instant),
  answer: z.exactOptional(answer),
  recipients: z.exactOptional(z.array(recipient)),
  costMicroUsd: z.exactOptional(z.number()),
  keptUntil: z.exactOptional(instant),
});

/** A message that was set aside, and is no job yet, or none at all. */
const deadLetterLine = z.strictObject({
  kind: z.literal('dead-letter'),
  lane: z.string(),
  setAsideAt: instant,
  /** As it came; a text, if it is no JSON. */
  message: z.unknown(),
});

const requestLine = z.strictObject({
  kind: z.literal('privacy-request'),
  requestId: z.string(),
  right: z.enum(privacyRights),
  subjectKind: z.enum(subjectKinds),
  status: z.enum(privacyStatuses),
  receivedAt: instant,
  dueOn: z.string(),
});

/** One line of an export, which is JSON Lines. */
export const exportLine = z.discriminatedUnion('kind', [jobLine, deadLetterLine, requestLine]);

export type ExportLine = z.infer<typeof exportLine>;
export type JobLine = z.infer<typeof jobLine>;

/** One object of an export. */
export const exportPart = z.strictObject({
  name: z.string(),
  /** In hex, of the object's bytes. */
  sha256: z.string(),
  bytes: z.number(),
  lines: z.number(),
});

export type ExportPart = z.infer<typeof exportPart>;

/** What an export is made of: whoever has it can tell that nothing is missing or changed. */
export const exportManifest = z.strictObject({
  kind: z.literal('relay-export'),
  version: z.literal(1),
  right: z.enum(privacyRights),
  exportedAt: instant,
  parts: z.array(exportPart),
});

export type ExportManifest = z.infer<typeof exportManifest>;

/** What the tenant has provided of a job, and nothing that was derived of it. */
export const providedOf = ({
  kind,
  jobId,
  creatorId,
  subjectRefs,
  acceptedAt,
  message,
  consentRef,
  metadata,
}: JobLine): JobLine => ({
  ...{ kind, jobId, creatorId, subjectRefs, acceptedAt },
  ...(message !== undefined && { message }),
  ...(consentRef !== undefined && { consentRef }),
  ...(metadata !== undefined && { metadata }),
});

/** As JSON Schema, for whoever reads a line. */
export const exportLineSchema = () => ({
  title: 'A line of an export of Relay',
  ...z.toJSONSchema(exportLine, { io: 'output' }),
});
