import { DynamoDBClient, paginateQuery, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { Unusable } from '../command-line.ts';
import { textTable } from '../terminal/text-table.ts';
import { holdCircuit } from './hold-circuit.ts';
import { type ApiEndpoints, jobOverHttp } from './job-over-http.ts';
import type { LookCommand, LookOptions } from './look-command.ts';

type Clients = { sqs: SQSClient; dynamodb: DynamoDBClient; endpoints: ApiEndpoints };

/** What a Relay on this machine has to say to a command, as text. It is asked as AWS would be. */
export const look = async ({ command, endpoints }: LookOptions): Promise<string> => {
  const settings = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'look', secretAccessKey: 'look' },
    maxAttempts: 1,
  };
  const sqs = new SQSClient({ ...settings, endpoint: endpoints.aws });
  const dynamodb = new DynamoDBClient({ ...settings, endpoint: endpoints.dynamodb });
  try {
    return await answer(command, { sqs, dynamodb, endpoints });
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw new Unusable(`no Relay is up at ${endpoints.aws} and ${endpoints.dynamodb}: npm start -- --serve`);
  } finally {
    sqs.destroy();
    dynamodb.destroy();
  }
};

const isRefused = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';

const answer = async (command: LookCommand, clients: Clients): Promise<string> => {
  switch (command.kind) {
    case 'job':
      return jobText(clients, command.jobId);
    case 'requests':
      return requestsText(clients, command.tenantId);
    case 'queues':
      return queuesText(clients);
    case 'circuits':
      return circuitsText(clients);
    case 'hold':
      await holdCircuit(clients.dynamodb, command.circuit, command.hold);
      return circuitsText(clients);
  }
};

const jobText = async ({ dynamodb, endpoints }: Clients, jobId: string): Promise<string> => {
  const query = new QueryCommand({
    TableName: 'relay-local-jobs',
    KeyConditionExpression: 'jobId = :job',
    ExpressionAttributeValues: { ':job': { S: jobId } },
  });
  const { Items = [] } = await dynamodb.send(query);
  if (Items.length === 0) return `${jobId} has no row: no worker has taken it yet, or its message was no job`;
  const rows = await Promise.all(Items.map((item) => showRow(endpoints, unmarshall(item))));
  return rows.map((row) => JSON.stringify(row, null, 2)).join('\n');
};

const keptRow = z.looseObject({
  jobId: z.string(),
  tenantId: z.string(),
  answer: z.looseObject({ sealed: z.unknown() }).optional(),
  sealedMetadata: z.unknown(),
});

const showRow = async (endpoints: ApiEndpoints, row: Record<string, unknown>): Promise<object> => {
  const { answer, sealedMetadata, ...kept } = keptRow.parse(row);
  if (answer === undefined && sealedMetadata === undefined) return row;
  const { sealed: _, ...provenance } = answer ?? {};
  const { metadata, answer: opened } = await jobOverHttp(endpoints, kept);
  return {
    ...kept,
    ...(metadata && { metadata }),
    ...(answer && { answer: { ...provenance, text: opened?.text } }),
  };
};

/** Not whom they are about: that is in the tenant's own books, by their ids. */
const requestColumns = ['dueOn', 'status', 'right', 'subjectKind', 'requestId'];

const requestsText = async ({ dynamodb }: Clients, tenantId: string): Promise<string> => {
  const query = {
    TableName: 'relay-local-privacy',
    KeyConditionExpression: 'tenantId = :tenant',
    ExpressionAttributeValues: { ':tenant': { S: tenantId } },
    ConsistentRead: true,
  };
  const rows: string[][] = [];
  for await (const { Items = [] } of paginateQuery({ client: dynamodb }, query))
    rows.push(...Items.map((item) => requestColumns.map((name) => item[name]?.S ?? '')));
  if (rows.length === 0) return `${tenantId} has brought no request`;
  const firstDueFirst = rows.toSorted(([one = ''], [other = '']) => one.localeCompare(other));
  return textTable([requestColumns, ...firstDueFirst]).join('\n');
};

const circuitsText = async ({ dynamodb }: Clients): Promise<string> => {
  const query = new QueryCommand({
    TableName: 'relay-local-fleet',
    KeyConditionExpression: '#family = :circuit',
    ExpressionAttributeNames: { '#family': 'family' },
    ExpressionAttributeValues: { ':circuit': { S: 'circuit' } },
    ConsistentRead: true,
  });
  const { Items = [] } = await dynamodb.send(query);
  const rows = Items.map((item) => [item.name?.S ?? '', item.value?.S ?? '']);
  return rows.length === 0
    ? 'no circuit has a record: all are closed'
    : rows.map((row) => row.join('  ')).join('\n');
};

const queuesText = async ({ sqs }: Clients): Promise<string> => {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'relay-local-' }));
  const rows = await Promise.all(QueueUrls.map((url) => queueRow(sqs, url)));
  return textTable([['queue', 'visible', 'in flight', 'delayed'], ...rows]).join('\n');
};

const queueRow = async (sqs: SQSClient, QueueUrl: string): Promise<string[]> => {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  const {
    ApproximateNumberOfMessages: visible = '0',
    ApproximateNumberOfMessagesNotVisible: inFlight = '0',
    ApproximateNumberOfMessagesDelayed: delayed = '0',
  } = Attributes;
  return [QueueUrl.split('/').at(-1) ?? QueueUrl, visible, inFlight, delayed];
};
