import { type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { modelNames, providerNames } from '../pipeline/model/model.ts';
import type { KeptAnswer } from '../pipeline/ports.ts';
import { bounded } from './aws-client.ts';
import { sealedBytes } from './job-row.ts';
import { liveItem } from './live-item.ts';
import { withRetries } from './retry.ts';

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

/**
 * The latest model's answer to the same words. It is read from the row of the job that paid for it, so erasing that row
 * erases it here too; a cache of its own would be one more place to erase.
 */
export const findAnswer = async (
  options: Options,
  answerKey: string,
  signal: AbortSignal,
): Promise<KeptAnswer | undefined> => {
  const key = await findRow(options, answerKey, signal);
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
  answerKey: string,
  signal: AbortSignal,
) => {
  const command = new QueryCommand({
    TableName: tableName,
    IndexName: ANSWERS_INDEX,
    KeyConditionExpression: 'answerKey = :answerKey AND endedAtMs >= :oldest',
    ExpressionAttributeValues: {
      ':answerKey': { S: answerKey },
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
): Promise<KeptAnswer | undefined> => {
  const command = new GetItemCommand({
    TableName: tableName,
    Key: key,
    ConsistentRead: true,
    ProjectionExpression: 'jobId, tenantId, creatorId, subjectRefs, answer, expiresAt',
  });
  const { Item } = await within(signal, (bounds) => client.send(command, bounds));
  const live = liveItem(Item, now());
  const parsed = answeredRow.safeParse(live && unmarshall(live));
  if (!parsed.success) return undefined;
  const { jobId, answer, ...subjects } = parsed.data;
  const { sealed, ...provenance } = answer;
  return { jobId, subjects, answer: provenance, sealed };
};

const answeredRow = z.object({
  jobId: z.string(),
  tenantId: z.string(),
  creatorId: z.string(),
  subjectRefs: z.array(z.string()),
  answer: z.object({
    source: z.literal('model'),
    sealed: sealedBytes,
    aiGenerated: z.literal(true),
    model: z.enum(modelNames),
    provider: z.enum(providerNames),
    modelId: z.string(),
    generatedAtMs: z.number(),
  }),
});
