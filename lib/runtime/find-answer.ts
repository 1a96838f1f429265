import { type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import type { Answer, Ending, Job } from '../pipeline/job/job.ts';
import { modelNames, providerNames } from '../pipeline/model/model.ts';
import { bounded } from './aws-client.ts';
import { liveItem } from './live-item.ts';
import { withRetries } from './retry.ts';
import { sha256 } from './sha256.ts';

type Options = {
  client: DynamoDBClient;
  tableName: string;
  /** How long an answer may be given again, in ms. */
  answerFreshForMs: number;
  /** ms since 1970. */
  now(): number;
};

/** The jobs table's index of answers, by `answerKey` and `endedAtMs`. */
const ANSWERS_INDEX = 'answers';

/** Each of the two reads; the rung has a second for both. In ms. */
const READ_RETRY_MS = 300;

/** Names what was asked and for whom: words of one creator are never answered with those for another. */
const answerKeyOf = ({ message: { tenantId, creatorId, input } }: Job): string => {
  const turns = input.messages.map(({ role, content }) => [role, content]);
  return sha256(JSON.stringify([tenantId, creatorId, input.instructions ?? null, turns]));
};

/** What lets a later job find an ending's answer. Only a model's own: the age of a repeated one would never show. */
export const describeFindable = (job: Job, ending: Ending): { answerKey?: string } =>
  ending.status === 'succeeded' && ending.answer.source === 'model' ? { answerKey: answerKeyOf(job) } : {};

/**
 * The latest model's answer to the same words. It is read from the row of the job that paid for it, so erasing that row
 * erases it here too; a cache of its own would be one more place to erase.
 */
export const findAnswer = async (
  options: Options,
  job: Job,
  signal: AbortSignal,
): Promise<Answer | undefined> => {
  const key = await findRow(options, job, signal);
  return key && readAnswer(options, key, signal);
};

const within = <Output>(
  signal: AbortSignal,
  read: (options: { abortSignal: AbortSignal }) => Promise<Output>,
): Promise<Output> =>
  withRetries(READ_RETRY_MS, () => read({ abortSignal: AbortSignal.any([signal, bounded().abortSignal]) }));

/** The keys of the row that was answered last. */
const findRow = async (
  { client, tableName, answerFreshForMs, now }: Options,
  job: Job,
  signal: AbortSignal,
) => {
  const command = new QueryCommand({
    TableName: tableName,
    IndexName: ANSWERS_INDEX,
    KeyConditionExpression: 'answerKey = :answerKey AND endedAtMs >= :oldest',
    ExpressionAttributeValues: {
      ':answerKey': { S: answerKeyOf(job) },
      ':oldest': { N: String(now() - answerFreshForMs) },
    },
    ScanIndexForward: false,
    Limit: 1,
  });
  const { Items: [row] = [] } = await within(signal, (bounds) => client.send(command, bounds));
  return row?.jobId && row.tenantId && { jobId: row.jobId, tenantId: row.tenantId };
};

type RowKey = Exclude<Awaited<ReturnType<typeof findRow>>, undefined>;

/** Read consistently: the index may still name a row that has been erased. */
const readAnswer = async (
  { client, tableName, now }: Options,
  key: RowKey,
  signal: AbortSignal,
): Promise<Answer | undefined> => {
  const command = new GetItemCommand({
    TableName: tableName,
    Key: key,
    ConsistentRead: true,
    ProjectionExpression: 'answer, expiresAt',
  });
  const { Item } = await within(signal, (bounds) => client.send(command, bounds));
  const live = liveItem(Item, now());
  const parsed = answeredRow.safeParse(live && unmarshall(live));
  if (!parsed.success) return undefined;
  return { ...parsed.data.answer, source: 'cache' };
};

const answeredRow = z.object({
  answer: z.object({
    source: z.literal('model'),
    text: z.string(),
    aiGenerated: z.literal(true),
    model: z.enum(modelNames),
    provider: z.enum(providerNames),
    modelId: z.string(),
    generatedAtMs: z.number(),
  }),
});
