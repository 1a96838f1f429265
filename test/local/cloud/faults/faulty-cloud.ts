import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { type DrivenCloud, driveCloud, type Line } from '../cloud-driver.ts';
import { REGION, synthesizeFixture } from '../fixture-app.ts';

export const TABLE = 'fixture-table';

/** A message to the fixture function, which does what it says. */
export type Request = {
  id: string;
  once?: string;
  always?: string;
  show?: string;
  calls?: object[];
  hosts?: string[];
};

const state = z.object({
  seed: z.number(),
  faults: z.array(z.looseObject({ id: z.string(), hits: z.number() })),
  deliveries: z.object({ held: z.number(), orphaned: z.number() }),
});

export type FaultyCloud = DrivenCloud & {
  sqs: SQSClient;
  dynamodb: DynamoDBClient;
  setFaults(...rules: object[]): Promise<void>;
  hitsOf(id: string): Promise<number | undefined>;
  ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }>;
  /** In one call, so that they arrive together and make one batch. */
  send(queue: string, requests: Request[]): Promise<void>;
  /** Which of these ids the table has. */
  stored(...ids: string[]): Promise<string[]>;
  deliveriesOf(id: string): Line[];
  delivered(id: string, times: number): Promise<void>;
  ended(id: string, times?: number): Promise<void>;
  emptied(queue: string): Promise<void>;
  end(): Promise<void>;
};

/** A cloud in which nothing becomes visible again by itself while a test runs. */
export const startFaultyCloud = async (): Promise<FaultyCloud> => {
  process.env.CDK_VALIDATION = 'false';
  const dir = mkdtempSync(join(tmpdir(), 'relay-faults-'));
  const assemblyDir = synthesizeFixture(join(dir, 'cdk.out'), { visibilitySeconds: 600 });
  const cloud = await driveCloud({ assemblyDir, faultSeed: 7 });
  const credentials = { accessKeyId: 'outside', secretAccessKey: 'outside' };
  const sqs = new SQSClient({ region: REGION, endpoint: cloud.endpoints.aws, credentials });
  const dynamodb = new DynamoDBClient({
    region: REGION,
    endpoint: cloud.endpoints.dynamodb,
    credentials,
    maxAttempts: 1,
  });
  const end = async () => {
    sqs.destroy();
    dynamodb.destroy();
    await cloud.stop('SIGTERM');
    rmSync(dir, { recursive: true, force: true });
  };
  return {
    ...cloud,
    sqs,
    dynamodb,
    ...controlsOf(cloud),
    ...wordsOf(cloud),
    ...toolsOf(cloud, sqs, dynamodb),
    end,
  };
};

const controlsOf = ({ endpoints }: DrivenCloud) => {
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(endpoints.control + path, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    return { status: response.status, body: answer };
  };
  return {
    ask,
    setFaults: async (...rules: object[]) => {
      expect(await ask('PUT', '/control/faults', rules)).toMatchObject({ status: 200 });
    },
    hitsOf: async (wanted: string) => {
      const { faults } = state.parse((await ask('GET', '/control')).body);
      return faults.find(({ id }) => id === wanted)?.hits;
    },
  };
};

const wordsOf = ({ lines, seen }: DrivenCloud) => {
  const saying = (word: 'began' | 'ended', id: string) =>
    lines.filter(({ said }) => [said?.[word]].flat().includes(id));
  const until = async (isTrue: () => boolean): Promise<void> => void (await seen(isTrue));
  return {
    deliveriesOf: (id: string) => saying('began', id),
    delivered: (id: string, times: number) => until(() => saying('began', id).length >= times),
    ended: (id: string, times = 1) => until(() => saying('ended', id).length >= times),
  };
};

const toolsOf = ({ queueUrls }: DrivenCloud, sqs: SQSClient, dynamodb: DynamoDBClient) => ({
  send: async (queue: string, requests: Request[]) => {
    const Entries = requests.map((request, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(request),
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrls[`fixture-${queue}`], Entries }));
  },
  stored: async (...ids: string[]) => {
    const Keys = ids.map((id) => ({ id: { S: id } }));
    const { Responses } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys } } }),
    );
    const found = new Set(Responses?.[TABLE]?.map(({ id }) => id?.S));
    return ids.filter((id) => found.has(id));
  },
  /** Resolves when nothing waits or is in flight. */
  emptied: async (queue: string) => {
    for (;;) {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queueUrls[`fixture-${queue}`], AttributeNames: ['All'] }),
      );
      const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
      if (ApproximateNumberOfMessages === '0' && ApproximateNumberOfMessagesNotVisible === '0') return;
    }
  },
});

export const put = (id: string) => ({
  operation: 'PutItem',
  input: { TableName: TABLE, Item: { id: { S: id } } },
});
