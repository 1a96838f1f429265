import { openMetadata, placeOf } from '../pipeline/dispatch/content.ts';
import type { Metadata } from '../pipeline/job/job-message.ts';
import type { KeyRing } from '../pipeline/ports.ts';
import type { JobRecord } from './api/job-record.ts';

/** What a job's row has of content, as far as it can be read. */
export type OpenedContent = { answerText?: string; metadata?: Metadata };

/** Opens what a row has of content besides its message. Keys are asked for once, and not where nothing is sealed. */
export const openRecord = async (
  keys: () => KeyRing | Promise<KeyRing>,
  record: JobRecord,
): Promise<OpenedContent> => {
  const { answer, metadata: kept } = record;
  if (answer === undefined && !(kept instanceof Uint8Array))
    return kept === undefined ? {} : { metadata: kept };
  const ring = await keys();
  const metadata = kept && openMetadata(ring, record, kept);
  const opened = answer && ring.open(placeOf('answer', record), answer.sealed);
  return {
    ...(metadata !== undefined && { metadata }),
    ...(opened?.kind === 'opened' && { answerText: opened.text }),
  };
};
