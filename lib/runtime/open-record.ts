import { openMetadata, placeOf } from '../pipeline/dispatch/content.ts';
import type { Metadata } from '../pipeline/job/job-message.ts';
import type { KeyRing } from '../pipeline/ports.ts';
import type { JobRecord } from './api/job-record.ts';

/** What a job's row has of content, as far as it can be read. */
export type OpenedContent = { answerText?: string; metadata?: Metadata };

/** Whoever sends to a lane may call sealed what nobody has sealed: it is not there, and stands in nobody's way. */
export const legible = <Content>(open: () => Content): Content | undefined => {
  try {
    return open();
  } catch {
    return undefined;
  }
};

/** Opens what a row has of content besides its message. Keys are asked for once, and not where nothing is sealed. */
export const openRecord = async (
  keys: () => KeyRing | Promise<KeyRing>,
  record: JobRecord,
): Promise<OpenedContent> => {
  const { answer, sealedMetadata, metadata: plain } = record;
  const ring = answer === undefined && sealedMetadata === undefined ? undefined : await keys();
  const metadata = ring && sealedMetadata ? legible(() => openMetadata(ring, record, sealedMetadata)) : plain;
  const opened = answer && ring?.open(placeOf('answer', record), answer.sealed);
  return {
    ...(metadata !== undefined && { metadata }),
    ...(opened?.kind === 'opened' && { answerText: opened.text }),
  };
};
