import { fromBase64 } from '../../pipeline/base64.ts';
import { openMessage, openMetadata } from '../../pipeline/dispatch/content.ts';
import type { Job } from '../../pipeline/job/job.ts';
import type { JobMessage } from '../../pipeline/job/job-message.ts';
import { parseLaneMessage } from '../../pipeline/job/sealed-message.ts';
import type { KeyRing, SubjectVault } from '../../pipeline/ports.ts';
import type { JobRecord } from '../api/job-record.ts';
import { legible, type OpenedContent, openRecord } from '../open-record.ts';
import { parseJson } from '../providers/parse-json.ts';

type Vault = Pick<SubjectVault, 'read'>;

/** What a job's row keeps of content, as far as it can be read. */
export type OpenedRow = OpenedContent & { message?: unknown };

export const openRow = async (vault: Vault, record: JobRecord): Promise<OpenedRow> => {
  const opened = await openRecord(() => vault.read(record), record);
  return record.message === undefined
    ? opened
    : { ...opened, message: await openBody(vault, record.message) };
};

/** The message of a body, as its sender wrote it; what is no job, or cannot be opened, as it lies there. */
export const openBody = async (vault: Vault, body: string): Promise<unknown> => {
  const parsed = parseLaneMessage(body);
  if (parsed.kind === 'rejected' || parsed.message.jobId === undefined) return parseJson(body) ?? body;
  const { message } = parsed;
  const job = { jobId: parsed.message.jobId, message };
  const ring = await vault.read(message);
  const opened = legible(() => openMessage(ring, job));
  return opened === undefined ? parseJson(body) : withMetadata(ring, { ...job, message: opened });
};

const withMetadata = (
  ring: KeyRing,
  { jobId, message: { sealedMetadata, ...message } }: Pick<Job, 'jobId' | 'message'>,
): JobMessage => {
  const { tenantId, metadata: plain } = message;
  const metadata =
    sealedMetadata === undefined
      ? plain
      : legible(() => openMetadata(ring, { jobId, tenantId }, fromBase64(sealedMetadata)));
  return { ...message, ...(metadata && { metadata }) };
};
