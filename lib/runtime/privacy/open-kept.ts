import { openMessage, placeOf } from '../../pipeline/dispatch/content.ts';
import { parseLaneMessage } from '../../pipeline/job/sealed-message.ts';
import type { SubjectVault } from '../../pipeline/ports.ts';
import type { JobRecord } from '../api/job-record.ts';
import { parseJson } from '../providers/parse-json.ts';

type Vault = Pick<SubjectVault, 'read'>;

/** What a job's row keeps of content, as far as it can be read. */
export type OpenedContent = { answerText?: string; message?: unknown };

export const openRow = async (vault: Vault, record: JobRecord): Promise<OpenedContent> => {
  const message = record.message === undefined ? undefined : await openBody(vault, record.message);
  if (record.answer === undefined) return message === undefined ? {} : { message };
  const opened = (await vault.read(record)).open(placeOf('answer', record), record.answer.sealed);
  return {
    ...(message !== undefined && { message }),
    ...(opened.kind === 'opened' && { answerText: opened.text }),
  };
};

/** The message of a body, as its sender wrote it; what is no job, or cannot be opened, as it lies there. */
export const openBody = async (vault: Vault, body: string): Promise<unknown> => {
  const parsed = parseLaneMessage(body);
  if (parsed.kind === 'rejected' || parsed.message.jobId === undefined) return parseJson(body) ?? body;
  const { message } = parsed;
  const opened = openMessage(await vault.read(message), { jobId: parsed.message.jobId, message });
  return opened ?? parseJson(body);
};
