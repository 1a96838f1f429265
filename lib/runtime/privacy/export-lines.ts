import type { ExportLine, JobLine } from '../../pipeline/privacy/export-line.ts';
import type { OpenedRow } from './open-kept.ts';
import type { PersonsRequest } from './privacy-record.ts';
import type { FoundLetter } from './set-aside.ts';
import type { KeptJob } from './subject-jobs.ts';

const instantOf = (atMs: number): string => new Date(atMs).toISOString();

/** All that is kept of a job, without what only serves its processing. */
export const jobLineOf = (
  { record, expiresAt }: KeptJob,
  { answerText, message, metadata }: OpenedRow,
): JobLine => ({
  kind: 'job',
  jobId: record.jobId,
  creatorId: record.creatorId,
  subjectRefs: record.subjectRefs,
  acceptedAt: instantOf(record.enqueuedAtMs),
  ...(message !== undefined && { message }),
  ...(record.consentRef !== undefined && { consentRef: record.consentRef }),
  ...(metadata !== undefined && { metadata }),
  status: record.status,
  ...(record.reason !== undefined && { reason: record.reason }),
  ...(record.endedAtMs !== undefined && { endedAt: instantOf(record.endedAtMs) }),
  ...(record.answer !== undefined &&
    answerText !== undefined && { answer: answerOf(record.answer, answerText) }),
  recipients: record.attempts.map(({ provider, modelId, startedAtMs, outcome }) => ({
    ...{ provider, modelId, outcome },
    at: instantOf(startedAtMs),
  })),
  costMicroUsd: record.costMicroUsd,
  keptUntil: instantOf(expiresAt * 1000),
});

const answerOf = (
  answer: NonNullable<KeptJob['record']['answer']>,
  text: string,
): NonNullable<JobLine['answer']> => {
  const { aiGenerated, source, modelId, generatedAtMs } = answer;
  return {
    ...{ text, aiGenerated, source },
    ...(modelId !== undefined && { modelId }),
    ...(generatedAtMs !== undefined && { generatedAt: instantOf(generatedAtMs) }),
  };
};

export const letterLineOf = ({ lane, letter }: FoundLetter, message: unknown): ExportLine => ({
  kind: 'dead-letter',
  lane,
  setAsideAt: instantOf(letter.sentAtMs),
  message,
});

export const requestLineOf = (record: PersonsRequest): ExportLine => ({
  kind: 'privacy-request',
  requestId: record.requestId,
  right: record.right,
  subjectKind: record.subjectKind,
  status: record.status,
  receivedAt: instantOf(record.receivedAtMs),
  dueOn: record.dueOn,
});
