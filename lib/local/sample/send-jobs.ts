import { createHash } from 'node:crypto';
import type {
  BatchResultErrorEntry,
  MessageAttributeValue,
  SendMessageBatchRequestEntry,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { LaneName } from '../../pipeline/job/lane.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import type { SampleJob } from './conversations.ts';
import { pause } from './pause.ts';

/** How a lane's work arrives: chat as it happens, drafts in waves, analytics and campaigns all at once. */
const arrivals: Record<LaneName, { atATime: number; everyMs: number }> = {
  critical: { atATime: 4, everyMs: 1_000 },
  high: { atATime: 10, everyMs: 3_000 },
  medium: { atATime: 10, everyMs: 0 },
  low: { atATime: 10, everyMs: 0 },
};
const MAX_TRIES = 3;

export type Lanes = { sqs: SQSClient; queueUrls: Record<LaneName, string> };

/** Sends every job to its lane at the lane's pace, all lanes side by side; at most 10 at a time, as SendMessageBatch takes. */
export const sendJobs = async (
  lanes: Lanes,
  jobs: readonly SampleJob[],
  signal: AbortSignal,
): Promise<void> => {
  await Promise.all(
    laneNames.map(async (lane) => {
      const entries = jobs.filter((job) => job.priority === lane).map(entryOf);
      const { atATime, everyMs } = arrivals[lane];
      for (let start = 0; start < entries.length && !signal.aborted; start += atATime) {
        await sendBatch(lanes, lane, entries.slice(start, start + atATime));
        await pause(everyMs, signal);
      }
    }),
  );
};

const sendBatch = async (
  { sqs, queueUrls }: Lanes,
  lane: LaneName,
  entries: SendMessageBatchRequestEntry[],
  triesLeft = MAX_TRIES,
): Promise<void> => {
  const reply = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrls[lane], Entries: entries }));
  const failed = reply.Failed ?? [];
  if (failed.length === 0) return;
  if (triesLeft === 1 || failed.some((failure) => failure.SenderFault)) throw refusal(lane, failed);
  const failedIds = new Set(failed.map(({ Id }) => Id));
  const again = entries.filter(({ Id }) => failedIds.has(Id));
  await sendBatch({ sqs, queueUrls }, lane, again, triesLeft - 1);
};

const refusal = (lane: LaneName, failed: readonly BatchResultErrorEntry[]): Error => {
  const codes = new Set(failed.map(({ Code }) => Code ?? 'unknown'));
  return new Error(`the ${lane} lane did not take ${failed.length} message(s): ${[...codes].join(', ')}`);
};

const entryOf = (job: SampleJob, index: number): SendMessageBatchRequestEntry => ({
  Id: `message-${index}`,
  MessageBody: JSON.stringify(job),
  MessageAttributes: messageAttributes(job.jobId),
});

/** Trace context (W3C, sampled) and correlation id follow from the job's id, so a run sent again has the same ones. */
export const messageAttributes = (jobId: string): Record<string, MessageAttributeValue> => {
  const digits = createHash('sha256').update(jobId).digest('hex');
  return {
    traceparent: textAttribute(`00-${digits.slice(0, 32)}-${digits.slice(32, 48)}-01`),
    correlationId: textAttribute(`sample-${digits.slice(48)}`),
  };
};

const textAttribute = (value: string): MessageAttributeValue => ({ DataType: 'String', StringValue: value });
