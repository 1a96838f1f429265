import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { tableResource } from '../../lib/local/cloud/assembly/resource-schemas.ts';
import { createCallers } from '../../lib/local/cloud/aws-request.ts';
import { startDynamoDb } from '../../lib/local/cloud/dynamodb/dynamodb.ts';
import { configOf, synthesize } from '../stacks/synthesize.ts';

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

export const startLocalTables = async (): Promise<LocalTables> => {
  const dynamodb = await startDynamoDb({
    port: 0,
    path: undefined,
    callers: createCallers(),
    onRequest: () => undefined,
  });
  const { data, alerts } = synthesize(configOf('local'));
  const declared = [data, alerts].flatMap((template) =>
    Object.values(template.findResources('AWS::DynamoDB::GlobalTable')),
  );
  for (const { Properties } of declared) {
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
