import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { type CloudOptions, startCloud } from '../../local/cloud/cloud.ts';
import type { TokenWish } from '../../local/issuer.ts';
import type { ModelProfile } from '../../local/model-server/control.ts';
import { PROVIDER_KEYS, WEBHOOKS } from '../../local/secret-names.ts';
import type { JobMessage } from '../../pipeline/job/job-message.ts';
import type { LaneName } from '../../pipeline/job/lane.ts';
import type { SubjectVault } from '../../pipeline/ports.ts';
import type { Endpoint } from '../../pipeline/webhooks/endpoint.ts';
import { newTraceparent } from '../../runtime/trace.ts';
import { createSubjectReader } from '../../runtime/vault/subject-vault.ts';
import { type AlarmWatch, createAlarmWatch } from './alarm-watch.ts';
import { type JobRow, jobRow } from './job-row.ts';
import { createJobWatch } from './job-watch.ts';
import { type ModelCall, modelCalls } from './model-calls.ts';
import type { StartNeighbours } from './neighbours.ts';
import { createOnlookers, type Onlookers } from './onlookers.ts';
import { showRow } from './show-row.ts';

export type RigOptions = {
  modelProfile?: ModelProfile;
  /** What a deployer would say as `-c name=value`. */
  context?: Readonly<Record<string, string>>;
  /** Default: OpenAI, Azure OpenAI and Anthropic, all at the model server. */
  providers?: readonly ('openai' | 'azure-openai' | 'anthropic')[];
  /** Endpoints by tenant. Default: none. */
  webhooks?: Readonly<Record<string, Endpoint>>;
  /** How many minutes of metrics and alarms pass in a minute. Default: 1. */
  alarmTimeScale?: number;
  /** The policies in place of those that the templates declare. */
  amendPolicies?: CloudOptions['amendPolicies'];
};

/** A local cloud with the built bundles in it, models that fail as they are told, and a producer. */
export type Rig = Onlookers & {
  endpoints: {
    api: string;
    aws: string;
    dynamodb: string;
    s3: string;
    secrets: string;
    control: string;
    models: string;
  };
  dynamodb: DynamoDBClient;
  /** Where all of its files are: what was synthesized, what functions print. */
  workDir: string;
  /** A token for the HTTP API. */
  token(wish: TokenWish): Promise<string>;
  /** Sends messages, a creator each unless they name one; their jobs' ids. */
  send(lane: LaneName, messages: readonly Partial<JobMessage>[]): Promise<string[]>;
  /** The job's row when it has ended. */
  ended(jobId: string): Promise<JobRow>;
  /** The job's row as it is. */
  row(jobId: string): Promise<JobRow | undefined>;
  /** `PUT /control/faults` of the model server. */
  modelFaults(rules: readonly object[]): Promise<void>;
  /** `PUT /control/faults` of the local cloud. */
  cloudFaults(rules: readonly object[]): Promise<void>;
  /** Runs a function by hand; rejects when it fails. */
  invoke(functionName: string, event: object): Promise<void>;
  /** The same; what it has returned. */
  askFunction(functionName: string, event: object): Promise<unknown>;
  /** Messages in a queue, in flight or not. */
  waitingIn(queueName: string): Promise<number>;
  /** Every call that has reached the models since the rig was started. */
  calls(): Promise<readonly ModelCall[]>;
  alarms: AlarmWatch;
};

const producer = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'drill', secretAccessKey: 'drill' },
};

export type StartRig = (opened: AsyncDisposableStack, place: Place, options?: RigOptions) => Promise<Rig>;

type Place = { workDir: string; seed: number; signal: AbortSignal };

/** Everything that is opened goes onto the stack, and closes with it. */
export const createStartRig =
  (startNeighbours: StartNeighbours): StartRig =>
  async (opened, place, options = {}) => {
    const { workDir, seed, signal } = place;
    const { models, issuer, assemblyDir } = await startNeighbours(opened, seed, options);
    const { onlookers, tell } = createOnlookers();
    const watch = createJobWatch(signal);
    onlookers.onLine((_name, line) => watch.onLine(line));
    onlookers.onLine(keepLines(opened, join(workDir, 'functions.log')));
    const alarms = createAlarmWatch(signal);
    const cloud = await startCloud({
      assemblyDir,
      alarmTimeScale: options.alarmTimeScale ?? 1,
      onAlarm: alarms.onChange,
      ports: { aws: 0, dynamodb: 0 },
      secrets: {
        [PROVIDER_KEYS]: JSON.stringify({ openai: 'drill', 'azure-openai': 'drill', anthropic: 'drill' }),
        [WEBHOOKS]: JSON.stringify(options.webhooks ?? {}),
      },
      faultSeed: seed,
      ...(options.amendPolicies && { amendPolicies: options.amendPolicies }),
      ...tell,
    });
    opened.defer(() => cloud.stop());
    const sqs = new SQSClient({ ...producer, endpoint: cloud.endpoints.aws });
    const dynamodb = new DynamoDBClient({ ...producer, endpoint: cloud.endpoints.dynamodb });
    opened.defer(() => sqs.destroy());
    opened.defer(() => dynamodb.destroy());
    const tenants = new Map<string, string>();
    const vault = createSubjectReader({
      client: dynamodb,
      tableName: 'relay-local-subject-keys',
      kms: { ...producer, endpoint: cloud.endpoints.kms },
      now: Date.now,
    });
    const row = (jobId: string) => readRow({ dynamodb, vault }, jobId, tenants.get(jobId));
    return {
      endpoints: { ...cloud.endpoints, api: cloud.endpoints.api ?? '', models: models.url },
      dynamodb,
      workDir,
      token: (wish) => issuer.token(wish),
      send: async (lane, messages) => {
        const url = cloud.queueUrls.get(`relay-local-${lane}`) ?? '';
        const jobIds = await send(sqs, url, lane, messages);
        messages.forEach(({ tenantId }, at) => {
          if (tenantId !== undefined) tenants.set(jobIds[at] ?? '', tenantId);
        });
        return jobIds;
      },
      ended: async (jobId) => {
        await watch.ended(jobId);
        const found = await row(jobId);
        if (found === undefined) throw new Error('a job has ended and left no row');
        return found;
      },
      row,
      modelFaults: (rules) => put(`${models.url}/control/faults`, rules),
      cloudFaults: (rules) => put(`${cloud.endpoints.control}/control/faults`, rules),
      invoke: async (functionName, event) =>
        void (await invoke(cloud.endpoints.control, functionName, event)),
      askFunction: (functionName, event) => invoke(cloud.endpoints.control, functionName, event),
      waitingIn: (queueName) => waitingIn(sqs, cloud.queueUrls.get(queueName) ?? ''),
      calls: () => modelCalls(models.url),
      alarms,
      ...onlookers,
    };
  };

/** Writes what functions print to a file, which is closed with the rig. */
const keepLines = (opened: AsyncDisposableStack, file: string) => {
  const log = createWriteStream(file);
  opened.defer(() => new Promise<void>((ended) => log.end(ended)));
  return (functionName: string, line: string) => {
    if (!log.writableEnded) log.write(`${functionName} ${line}\n`);
  };
};

/** Whose the jobs are that name no other. */
const TENANT = 'tenant-drill';

let creators = 0;

const messageOf = (lane: LaneName, changes: Partial<JobMessage>): JobMessage => {
  creators += 1;
  return {
    tenantId: TENANT,
    creatorId: `creator-${creators}`,
    subjectRefs: ['fan-drill'],
    priority: lane,
    model: 'gpt-5-nano',
    input: { messages: [{ role: 'user', content: `Bonjour ! Message ${creators}, when is the next live?` }] },
    mode: 'draft',
    ...changes,
  };
};

/** What SendMessageBatch takes at a time. */
const BATCH = 10;

const send = async (
  sqs: SQSClient,
  QueueUrl: string,
  lane: LaneName,
  messages: readonly Partial<JobMessage>[],
): Promise<string[]> => {
  const jobIds: string[] = [];
  for (let sent = 0; sent < messages.length; sent += BATCH) {
    const Entries = messages.slice(sent, sent + BATCH).map((changes, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(messageOf(lane, changes)),
      MessageAttributes: { traceparent: { DataType: 'String', StringValue: newTraceparent() } },
    }));
    const { Successful = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const ids = new Map(Successful.map(({ Id, MessageId }) => [Id, MessageId ?? '']));
    jobIds.push(...Entries.map(({ Id }) => ids.get(Id) ?? ''));
  }
  return jobIds;
};

const waitingIn = async (sqs: SQSClient, QueueUrl: string): Promise<number> => {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden } = Attributes;
  return Number(visible ?? 0) + Number(hidden ?? 0);
};

const readRow = async (
  { dynamodb, vault }: { dynamodb: DynamoDBClient; vault: Pick<SubjectVault, 'read'> },
  jobId: string,
  tenantId = TENANT,
): Promise<JobRow | undefined> => {
  const Key = { jobId: { S: jobId }, tenantId: { S: tenantId } };
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: 'relay-local-jobs', Key, ConsistentRead: true }),
  );
  return Item && jobRow.parse(await showRow(vault, Item));
};

const put = async (url: string, body: unknown): Promise<void> => {
  const response = await fetch(url, { method: 'PUT', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
};

const invocation = z.object({ kind: z.string(), payload: z.string().default('null') });

const invoke = async (controlUrl: string, functionName: string, event: object): Promise<unknown> => {
  const response = await fetch(`${controlUrl}/control/invoke`, {
    method: 'POST',
    body: JSON.stringify({ function: functionName, event }),
  });
  const { kind, payload } = invocation.parse(await response.json());
  if (kind !== 'returned') throw new Error(`${functionName} came to "${kind}"`);
  return JSON.parse(payload);
};
