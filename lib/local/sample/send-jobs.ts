import { createHash } from 'node:crypto';
import type { SendResult, SqsProducer } from '../../client/sqs-producer.ts';
import type { LaneName } from '../../pipeline/job/lane.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import type { SampleJob } from './conversations.ts';
import { pause } from './pause.ts';

/** How a lane's work arrives: chat as it happens, drafts in waves, analytics and campaigns all at once. */
const arrivals: Record<LaneName, { atATime: number; everyMs: number }> = {
  critical: { atATime: 4, everyMs: 1_000 },
  high: { atATime: 10, everyMs: 3_000 },
  medium: { atATime: Number.POSITIVE_INFINITY, everyMs: 0 },
  low: { atATime: Number.POSITIVE_INFINITY, everyMs: 0 },
};

/** Sends every job to its lane at the lane's pace, all lanes side by side. Rejects when one is not taken. */
export const sendJobs = async (
  producer: SqsProducer,
  jobs: readonly SampleJob[],
  signal: AbortSignal,
): Promise<void> => {
  await Promise.all(
    laneNames.map(async (lane) => {
      const messages = jobs
        .filter((job) => job.priority === lane)
        .map((job) => ({ job, ...traceOf(job.jobId) }));
      const { atATime, everyMs } = arrivals[lane];
      for (let start = 0; start < messages.length && !signal.aborted; start += atATime) {
        mustBeSent(await producer.send(messages.slice(start, start + atATime), signal));
        await pause(everyMs, signal);
      }
    }),
  );
};

/** Throws when a job was not sent, and says why. */
export const mustBeSent = (results: readonly SendResult[]): void => {
  const causes = results.map(causeOf).filter((cause) => cause !== undefined);
  if (causes.length === 0) return;
  const told = [...new Set(causes)].join(', ');
  throw new Error(`the lanes did not take ${causes.length} message(s): ${told}`);
};

const causeOf = (result: SendResult): string | undefined => {
  switch (result.kind) {
    case 'sent':
      return undefined;
    case 'refused':
      return result.detail;
    case 'failed':
      return result.code;
  }
};

/** Trace context (W3C, sampled) and correlation id follow from the job's id, so a run sent again has the same ones. */
export const traceOf = (jobId: string): { traceparent: string; correlationId: string } => {
  const digits = createHash('sha256').update(jobId).digest('hex');
  return {
    traceparent: `00-${digits.slice(0, 32)}-${digits.slice(32, 48)}-01`,
    correlationId: `sample-${digits.slice(48)}`,
  };
};
