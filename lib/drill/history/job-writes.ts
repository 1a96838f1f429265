import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { failureReasons } from '../../pipeline/job/job.ts';
import { laneNames } from '../../pipeline/job/lane.ts';

const lane = z.enum(laneNames);
const words = z.object({ jobId: z.string(), claimId: z.string() });

const attempt = z.object({
  provider: z.string(),
  modelId: z.string(),
  outcome: z.string(),
  code: z.string().optional(),
});

/** What a run leaves behind. */
const trail = words.extend({ attempts: z.array(attempt) });
const ended = trail.extend({ endedAtMs: z.number() });

const claim = words.extend({
  status: z.literal('running'),
  traceId: z.string(),
  creatorId: z.string(),
  lane,
  enqueuedAtMs: z.number(),
  deadlineAtMs: z.number(),
});

const answer = z.discriminatedUnion('source', [
  z.object({ source: z.literal('model'), provider: z.string(), modelId: z.string() }),
  z.object({ source: z.literal('cache') }),
  z.object({ source: z.literal('default') }),
]);

const endings = [
  ended.extend({ status: z.literal('succeeded'), answer }),
  ended.extend({ status: z.literal('failed'), reason: z.enum(failureReasons) }),
  ended.extend({ status: z.literal('expired') }),
  ended.extend({ status: z.literal('canceled') }),
] as const;

const write = z.discriminatedUnion('status', [
  claim,
  ...endings,
  trail.extend({ status: z.literal('queued') }),
]);

/** What a worker asks the jobs table to write: `running` is a claim, `queued` gives the job back, all else ends it. */
export type JobWrite = z.infer<typeof write>;

export type SeenAttempt = z.infer<typeof attempt>;

const request = z.object({
  TableName: z.string().endsWith('-jobs'),
  Key: z.object({ jobId: z.object({ S: z.string() }) }),
  ExpressionAttributeValues: z.record(z.string(), z.custom<AttributeValue>()),
});

/** Reads a request to DynamoDB; undefined for what writes no job. */
export const readJobWrite = (action: string, input: object | undefined): JobWrite | undefined => {
  if (action !== 'UpdateItem') return undefined;
  const asked = request.safeParse(input).data;
  if (asked === undefined) return undefined;
  const values = Object.entries(unmarshall(asked.ExpressionAttributeValues)).map(
    ([placeholder, value]) => [placeholder.slice(':'.length), value] as const,
  );
  // a claim's condition has the placeholders `running` and `queued` too; what is written is `status`
  return write.parse({ ...Object.fromEntries(values), jobId: asked.Key.jobId.S });
};
