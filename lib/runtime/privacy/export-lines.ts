import type { ExportLine, JobLine } from '../../pipeline/privacy/export-line.ts';
import { parseJson } from '../providers/parse-json.ts';
import type { PrivacyRecord } from './privacy-record.ts';
import type { FoundLetter } from './set-aside.ts';
import type { KeptJob } from './subject-jobs.ts';

const instantOf = (atMs: number): string => new Date(atMs).toISOString();

/** All that is kept of a job, without what only serves its processing. */
export const jobLineOf = ({ record, expiresAt }: KeptJob): JobLine => ({
  kind: 'job',
  jobId: record.jobId,
  creatorId: record.creatorId,
  subjectRefs: record.subjectRefs,
  acceptedAt: instantOf(record.enqueuedAtMs),
  ...(record.message !== undefined && { message: parseJson(record.message) }),
  ...(record.metadata !== undefined && { metadata: record.metadata }),
  status: record.status,
  ...(record.reason !== undefined && { reason: record.reason }),
  ...(record.endedAtMs !== undefined && { endedAt: instantOf(record.endedAtMs) }),
  ...(record.answer !== undefined && { answer: answerOf(record.answer) }),
  recipients: record.attempts.map(({ provider, modelId, startedAtMs, outcome }) => ({
    ...{ provider, modelId, outcome },
    at: instantOf(startedAtMs),
  })),
  costMicroUsd: record.costMicroUsd,
  keptUntil: instantOf(expiresAt * 1000),
});

const answerOf = (answer: NonNullable<KeptJob['record']['answer']>): NonNullable<JobLine['answer']> => {
  const { text, aiGenerated, source, modelId, generatedAtMs } = answer;
  return {
    ...{ text, aiGenerated, source },
    ...(modelId !== undefined && { modelId }),
    ...(generatedAtMs !== undefined && { generatedAt: instantOf(generatedAtMs) }),
  };
};

export const letterLineOf = ({ lane, letter }: FoundLetter): ExportLine => ({
  kind: 'dead-letter',
  lane,
  setAsideAt: instantOf(letter.sentAtMs),
  message: parseJson(letter.message.body) ?? letter.message.body,
});

export const requestLineOf = (record: PrivacyRecord): ExportLine => ({
  kind: 'privacy-request',
  requestId: record.requestId,
  right: record.right,
  subjectKind: record.subjectKind,
  status: record.status,
  receivedAt: instantOf(record.receivedAtMs),
  dueOn: record.dueOn,
});
