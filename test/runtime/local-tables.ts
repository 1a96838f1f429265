import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { configFor } from '../../lib/configure.ts';
import { tableResource } from '../../lib/local/cloud/assembly/resource-schemas.ts';
import { createCallers } from '../../lib/local/cloud/aws-request.ts';
import { startDynamoDb } from '../../lib/local/cloud/dynamodb/dynamodb.ts';
import { AlertsStack } from '../../lib/stacks/alerts-stack.ts';
import { DataStack } from '../../lib/stacks/data-stack.ts';

/** A local DynamoDB with the tables that the stacks declare: their keys and indexes are under test as well. */
export type LocalTables = {
  jobs: string;
  fleet: string;
  alerts: string;
  ledger: string;
  totals: string;
  privacy: string;
  audit: string;
  subjectKeys: string;
  client: DynamoDBClient;
  newClient(): DynamoDBClient;
  /** A client that loses the reply of one call: of its first, unless told otherwise. */
  forgetfulClient(lost?: number): DynamoDBClient;
  stop(): Promise<void>;
};

/** Of the two stacks that have tables: a whole stage takes twice as long, in each of many test files. */
const declaredTables = () => {
  const config = configFor((key) => (key === 'stage' ? 'local' : undefined));
  const app = new App({ context: cdkJson.context });
  const stacks = [
    new DataStack(app, 'relay-local-data', config, {}),
    new AlertsStack(app, 'relay-local-alerts', config, { bundlesDir: 'functions' }),
  ];
  return stacks.flatMap((stack) =>
    Object.values(Template.fromStack(stack).findResources('AWS::DynamoDB::GlobalTable')),
  );
};

export const startLocalTables = async (): Promise<LocalTables> => {
  const dynamodb = await startDynamoDb({
    port: 0,
    path: undefined,
    callers: createCallers(),
    onRequest: () => undefined,
  });
  for (const { Properties } of declaredTables()) {
    const { timeToLiveAttribute: _sweptByRealTime, ...definition } = tableResource.parse(Properties);
    await dynamodb.createTable({ name: Properties.TableName, definition, timeToLiveAttribute: undefined });
  }
  const clients: DynamoDBClient[] = [];
  const createClient = () => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const { endpoint } = dynamodb;
    const client = new DynamoDBClient({ region: 'eu-west-1', endpoint, credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  };
  return {
    jobs: 'relay-local-jobs',
    fleet: 'relay-local-fleet',
    alerts: 'relay-local-alerts',
    ledger: 'relay-local-ledger',
    totals: 'relay-local-totals',
    privacy: 'relay-local-privacy',
    audit: 'relay-local-audit',
    subjectKeys: 'relay-local-subject-keys',
    client: createClient(),
    newClient: createClient,
    forgetfulClient: (lost = 1) => losingReply(createClient(), lost),
    stop: async () => {
      for (const client of clients) client.destroy();
      await dynamodb.stop();
    },
  };
};

const losingReply = (client: DynamoDBClient, lost: number): DynamoDBClient => {
  let replies = 0;
  client.middlewareStack.add(
    (next) => async (call) => {
      const reply = await next(call);
      replies += 1;
      if (replies === lost) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      return reply;
    },
    { step: 'initialize' },
  );
  return client;
};
