import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type DrivenCloud, driveCloud } from '../local/cloud/cloud-driver.ts';

/** What the contract is held against: the local cloud, or the emulator that a variable names. */
export type Emulator = {
  dynamodb: DynamoDBClient;
  sqs: SQSClient;
  /** SNS, with the queues that it delivers to. */
  sns: SNSClient;
  queuesOfSns: SQSClient;
  stop(): Promise<void>;
};

const { CONTRACT_DYNAMODB_ENDPOINT, CONTRACT_SQS_ENDPOINT, CONTRACT_SNS_ENDPOINT } = process.env;

const endpoints: Record<string, string | undefined> = {
  DynamoDB: CONTRACT_DYNAMODB_ENDPOINT,
  SQS: CONTRACT_SQS_ENDPOINT,
  SNS: CONTRACT_SNS_ENDPOINT,
};

/** Whether a contract, whose title begins with its service, is held against another emulator. */
export const isForeign = (title: string): boolean => endpoints[title.split(',')[0] ?? ''] !== undefined;

const credentials = { accessKeyId: 'outside', secretAccessKey: 'outside' };

/** Starts a local cloud without anything in it, for the services that no variable gives. */
export const startEmulator = async (): Promise<Emulator> => {
  const dir = mkdtempSync(join(tmpdir(), 'relay-contract-'));
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ artifacts: {} }));
  const cloud: DrivenCloud = await driveCloud({ assemblyDir: dir });
  const { aws, dynamodb } = cloud.endpoints;
  const at = (endpoint: string) => ({ region: 'us-east-1', endpoint, credentials, maxAttempts: 1 });
  const clients = {
    dynamodb: new DynamoDBClient(at(CONTRACT_DYNAMODB_ENDPOINT ?? dynamodb)),
    sqs: new SQSClient(at(CONTRACT_SQS_ENDPOINT ?? aws)),
    sns: new SNSClient(at(CONTRACT_SNS_ENDPOINT ?? aws)),
    queuesOfSns: new SQSClient(at(CONTRACT_SNS_ENDPOINT ?? aws)),
  };
  return {
    ...clients,
    stop: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await cloud.stop('SIGTERM');
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
