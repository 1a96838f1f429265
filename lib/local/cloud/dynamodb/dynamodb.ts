import type { TableSpec } from '../assembly/deployment.ts';
import type { Callers, DenialOf, OnRequest } from '../aws-request.ts';
import { refusal, startJsonService } from '../json-service.ts';
import { createDynamoEngine, type DynamoEngine, type Execute, type Output } from './dynamodb-engine.ts';
import { createDeclaredTable } from './dynamodb-table.ts';
import { transactGet, transactWrite } from './dynamodb-transactions.ts';
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
  denialOf?: DenialOf;
};

/** DynamoDB: dynalite's operations in this process, with what dynalite lacks, behind one HTTP server. */
export const startDynamoDb = async ({
  port,
  path,
  callers,
  onRequest,
  denialOf,
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
    ...(denialOf !== undefined && { denialOf }),
    handle: createHandler(engine, execute, gate, timeToLive),
  });
  return {
    endpoint: service.endpoint,
    createTable: async ({ name, definition, timeToLiveAttribute }) => {
      await createDeclaredTable(execute, name, definition);
      if (timeToLiveAttribute !== undefined) timeToLive.enable(name, timeToLiveAttribute);
    },
    stop: async () => {
      timeToLive.stop();
      await service.stop();
      // What is half done goes on in the engine, and would throw where nobody catches it.
      await gate.exclude(() => engine.close());
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
