import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { JobMessage } from '../../lib/pipeline/job/job-message.ts';
import { ANY_PORT } from '../any-port.ts';
import { aMessage } from '../builders.ts';

/** `npm start` as a process of its own, and the public SDK clients of a producer who knows its endpoints. */
export type LocalRelay = {
  process: ChildProcess;
  /** Everything that the process has printed so far. */
  output(): string;
  endpoints: Record<'api' | 'tokens' | 'aws' | 'dynamodb' | 'models' | 'control', string>;
  logFile: string;
  sqs: SQSClient;
  dynamodb: DynamoDBClient;
  /** Ends the process and waits for it; its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
};

/** With it the same tests run the bundles under AWS's own runtime client. */
const { RELAY_RUNTIME_CLIENT } = process.env;
const runtimeClient = RELAY_RUNTIME_CLIENT === undefined ? {} : { RELAY_RUNTIME_CLIENT };

const LONGEST_LIFE_MS = 600_000;

/** Ten times what a stop takes on a busy machine, and less than a test may take: its exit code then says `null`. */
const STOP_PATIENCE_MS = 30_000;

/** Starts `npm start -- ARGS` on free ports and waits until it is ready. */
export const startLocalRelay = async (
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<LocalRelay> => {
  const child = spawn(process.execPath, ['bin/local.ts', ...args], {
    env: { PATH: process.env.PATH, ...ANY_PORT, ...runtimeClient, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    // What a failed test leaves behind would keep the whole run from ending.
    timeout: LONGEST_LIFE_MS,
    killSignal: 'SIGKILL',
  });
  const lines: string[] = [];
  const addresses = await addressesOf(child, lines);
  const find = (label: string) => addresses.get(label)?.split(' ')[0] ?? '';
  const endpoints = {
    api: find('HTTP API'),
    tokens: find('tokens'),
    aws: find('SQS and SNS'),
    dynamodb: find('DynamoDB'),
    models: find('model server'),
    control: find('control'),
  };
  const settings = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'producer', secretAccessKey: 'producer' },
  };
  const sqs = new SQSClient({ ...settings, endpoint: endpoints.aws });
  const dynamodb = new DynamoDBClient({ ...settings, endpoint: endpoints.dynamodb });
  return {
    process: child,
    output: () => lines.join('\n'),
    endpoints,
    logFile: find('function logs'),
    sqs,
    dynamodb,
    stop: async (signal = 'SIGTERM') => {
      sqs.destroy();
      dynamodb.destroy();
      if (child.exitCode !== null) return child.exitCode;
      child.kill(signal);
      const tooLate = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
      await once(child, 'exit');
      clearTimeout(tooLate);
      return child.exitCode;
    },
  };
};

/** Reads the lines of the process, into `lines`, up to the table of addresses that follows "Ready". */
const addressesOf = async (child: ChildProcess, lines: string[]): Promise<Map<string, string>> => {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the process has no output');
  createInterface(stderr).on('line', (line) => lines.push(line));
  const addresses = new Map<string, string>();
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${lines.join('\n')}`)));
    createInterface(stdout).on('line', (line) => {
      lines.push(line);
      const [, label, address] = /^ {2}(\S.*?) {2,}(\S.*)$/.exec(line) ?? [];
      if (label !== undefined && address !== undefined) addresses.set(label, address);
      if (label === 'function logs') resolve(addresses);
    });
  });
};

export const queueUrl = ({ endpoints }: LocalRelay, name: string): string =>
  `${endpoints.aws}/000000000000/${name}`;

/** A valid message of a creator who sends no other: one creator's messages share 10 starts a minute. */
export const messageFromNewCreator = (changes: Partial<JobMessage> = {}): JobMessage =>
  aMessage({ creatorId: `creator-${randomUUID()}`, ...changes });

export const send = async (relay: LocalRelay, lane: string, body: unknown): Promise<void> => {
  const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
  await relay.sqs.send(
    new SendMessageCommand({ QueueUrl: queueUrl(relay, `relay-local-${lane}`), MessageBody }),
  );
};

export type Row = Record<string, unknown> & { status?: string };

/** The rows of a job id, as anyone finds them: a query by the partition key. */
export const rowsOf = async ({ dynamodb }: LocalRelay, jobId: string): Promise<Row[]> => {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: 'relay-local-jobs',
      KeyConditionExpression: 'jobId = :jobId',
      ExpressionAttributeValues: { ':jobId': { S: jobId } },
    }),
  );
  return Items.map((item) => unmarshall(item));
};

export const allRows = async ({ dynamodb }: LocalRelay): Promise<Row[]> => {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'relay-local-jobs' }));
  return Items.map((item) => unmarshall(item));
};

/** Polls until something is there. Jest's own timeout is the bound. */
export const eventually = async <Result>(look: () => Promise<Result | undefined>): Promise<Result> => {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(50);
  }
};

export const endedRow = (relay: LocalRelay, jobId: string): Promise<Row> =>
  eventually(async () => {
    const [row] = await rowsOf(relay, jobId);
    return row?.status === 'queued' || row?.status === 'running' ? undefined : row;
  });

/** Takes messages from a dead-letter queue until `count` are there; each stays hidden once received. */
export const deadLetters = async (relay: LocalRelay, lane: string, count: number): Promise<Message[]> => {
  const found: Message[] = [];
  while (found.length < count) {
    const { Messages = [] } = await relay.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl(relay, `relay-local-${lane}-dlq`),
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        VisibilityTimeout: 600,
        WaitTimeSeconds: 1,
      }),
    );
    found.push(...Messages);
  }
  return found;
};

/** Messages in a queue, whether visible, in flight or delayed. */
export const messagesIn = async (relay: LocalRelay, name: string): Promise<number> => {
  const { Attributes = {} } = await relay.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl(relay, name), AttributeNames: ['All'] }),
  );
  return ['', 'NotVisible', 'Delayed']
    .map((state) =>
      Number(Object.entries(Attributes).find(([key]) => key === `ApproximateNumberOfMessages${state}`)?.[1]),
    )
    .reduce((sum, count) => sum + count, 0);
};

/** A directory for `--data` or logs of one test. */
export const scratchDir = (name: string): string => join('.relay', `test-${name}-${process.pid}`);
