import * as z from 'zod';
import type { Callers, OnRequest } from './aws-request.ts';
import type { TableSpec } from './deployment.ts';
import { createDynamoEngine, type DynamoEngine, type Execute, type Output } from './dynamodb-engine.ts';
import { transactGet, transactWrite } from './dynamodb-transactions.ts';
import { refusal, startJsonService } from './json-service.ts';
import { createTimeToLive, type TimeToLive } from './time-to-live.ts';
import { createTransactionGate, type TransactionGate } from './transaction-gate.ts';

export type DynamoDb = {
  endpoint: string;
  createTable(spec: TableSpec): Promise<void>;
  stop(): Promise<void>;
};

export type DynamoDbOptions = {
  port: number;
  /** Directory of the tables; in memory without it. */
  path: string | undefined;
  callers: Callers;
  onRequest: OnRequest;
};

/** DynamoDB: dynalite's operations in this process, with what dynalite lacks, behind one HTTP server. */
export const startDynamoDb = async ({
  port,
  path,
  callers,
  onRequest,
}: DynamoDbOptions): Promise<DynamoDb> => {
  const engine = await createDynamoEngine(path);
  const gate = createTransactionGate();
  const execute: Execute = (operation, input) => gate.share(() => engine.execute(operation, input));
  const timeToLive = createTimeToLive(execute);
  const service = await startJsonService({
    port,
    service: 'dynamodb',
    contentType: 'application/x-amz-json-1.0',
    callers,
    onRequest,
    handle: createHandler(engine, execute, gate, timeToLive),
  });
  return {
    endpoint: service.endpoint,
    createTable: async ({ name, definition, timeToLiveAttribute }) => {
      await createTable(engine, name, definition);
      if (timeToLiveAttribute !== undefined) timeToLive.enable(name, timeToLiveAttribute);
    },
    stop: async () => {
      timeToLive.stop();
      await service.stop();
      await engine.close();
    },
  };
};

const createHandler =
  (engine: DynamoEngine, execute: Execute, gate: TransactionGate, timeToLive: TimeToLive) =>
  async (operation: string, input: object): Promise<Output> => {
    if (engine.supports(operation)) return execute(operation, input);
    switch (operation) {
      case 'TransactWriteItems':
        return gate.exclude(() => transactWrite(engine, input));
      case 'TransactGetItems':
        return gate.exclude(() => transactGet(engine, input));
      case 'UpdateTimeToLive':
        return timeToLive.update(input);
      case 'DescribeTimeToLive':
        return timeToLive.describe(input);
      case 'DescribeContinuousBackups':
      case 'UpdateContinuousBackups':
        return continuousBackups;
      default:
        throw refusal('com.amazon.coral.service#UnknownOperationException', `${operation} is not emulated`);
    }
  };

/** There is nothing to restore from on this machine, and the answer says so whatever was asked for. */
const continuousBackups = {
  ContinuousBackupsDescription: {
    ContinuousBackupsStatus: 'DISABLED',
    PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
  },
};

const listed = z.object({ TableNames: z.array(z.string()) });
const described = z.object({ Table: z.looseObject({ TableStatus: z.string() }) });

const createTable = async (
  engine: DynamoEngine,
  TableName: string,
  definition: TableSpec['definition'],
): Promise<void> => {
  const describe = async () => described.parse(await engine.execute('DescribeTable', { TableName })).Table;
  const { TableNames } = listed.parse(await engine.execute('ListTables', {}));
  if (!TableNames.includes(TableName)) await engine.execute('CreateTable', { TableName, ...definition });
  while ((await describe()).TableStatus !== 'ACTIVE') await new Promise((resolve) => setImmediate(resolve));
  const changed = firstDifference(definition, await describe());
  if (changed === undefined) return;
  throw new Error(
    `table ${TableName} is kept with another ${changed} than the templates declare: start with an empty data directory`,
  );
};

/** Compares what the template declares; DynamoDB adds statuses and counts of its own to a description. */
const firstDifference = (declared: object, kept: object): string | undefined => {
  const actual = new Map<string, unknown>(Object.entries(kept));
  return Object.entries(declared)
    .filter(([name, value]) => name !== 'BillingMode' && value !== undefined)
    .find(([name, value]) => canonical(value) !== canonical(reduceTo(value, actual.get(name))))?.[0];
};

const canonical = (value: unknown): string =>
  JSON.stringify(Array.isArray(value) ? value.map((entry) => JSON.stringify(entry)).sort() : value);

/** Drops from `actual` what `shape` does not have, entry by entry; list entries are paired by their name. */
const reduceTo = (shape: unknown, actual: unknown): unknown => {
  if (Array.isArray(shape) && Array.isArray(actual)) {
    const [first] = shape;
    return actual.map((entry) =>
      reduceTo(shape.find((other) => nameOf(other) === nameOf(entry)) ?? first, entry),
    );
  }
  if (!isRecord(shape) || !isRecord(actual)) return actual;
  return Object.fromEntries(
    Object.keys(shape)
      .filter((key) => key in actual)
      .map((key) => [key, reduceTo(shape[key], actual[key])]),
  );
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const nameOf = (entry: unknown): unknown =>
  isRecord(entry) ? (entry.IndexName ?? entry.AttributeName) : entry;
