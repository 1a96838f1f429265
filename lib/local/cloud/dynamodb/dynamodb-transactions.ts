import * as z from 'zod';
import { isRefusal, type Refusal, refusal } from '../json-service.ts';
import type { DynamoEngine, Item, Output } from './dynamodb-engine.ts';

const item = z.record(z.string(), z.unknown());
const put = z.looseObject({ TableName: z.string(), Item: item });
const keyed = z.looseObject({ TableName: z.string(), Key: item });

/** Limits of DynamoDB: 100 actions in a transaction. */
const writes = z.object({
  TransactItems: z
    .array(
      z.strictObject({
        Put: put.optional(),
        Update: keyed.optional(),
        Delete: keyed.optional(),
        ConditionCheck: keyed.optional(),
      }),
    )
    .min(1)
    .max(100),
});

const reads = z.object({
  TransactItems: z
    .array(z.object({ Get: keyed }))
    .min(1)
    .max(100),
});

type Write =
  | { kind: 'PutItem' | 'UpdateItem' | 'DeleteItem'; table: string; key: Item; input: object }
  | { kind: 'ConditionCheck'; table: string; key: Item; input: object };

type Applied = { write: Write; before: Item | undefined };

/**
 * Applies all writes or none. The caller must keep every other operation out meanwhile. A process that is killed in
 * the middle leaves the writes made so far: a rollback lives in memory only.
 */
export const transactWrite = async (engine: DynamoEngine, input: object): Promise<Output> => {
  const planned = await planWrites(engine, parse(writes, input).TransactItems);
  refuseRepeatedItems(planned);
  const results = await Promise.allSettled(planned.map((write) => apply(engine, write)));
  const failures = results.map((result) => (result.status === 'rejected' ? result.reason : undefined));
  if (failures.every((failure) => failure === undefined)) return {};
  for (const result of results) if (result.status === 'fulfilled') await undo(engine, result.value);
  throw cancellation(failures);
};

/** Reads several items at one moment; the caller keeps writers out. */
export const transactGet = async (engine: DynamoEngine, input: object): Promise<Output> => {
  const { TransactItems } = parse(reads, input);
  const outputs = TransactItems.map(({ Get }) => engine.execute('GetItem', { ...Get, ConsistentRead: true }));
  return { Responses: (await Promise.all(outputs)).map(({ Item: found }) => ({ Item: found })) };
};

const parse = <T>(schema: z.ZodType<T>, input: object): T => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw validationException(`1 validation error detected: ${z.prettifyError(parsed.error)}`);
};

const validationException = (message: string): Refusal =>
  refusal('com.amazon.coral.validate#ValidationException', message);

const planWrites = async (
  engine: DynamoEngine,
  entries: z.infer<typeof writes>['TransactItems'],
): Promise<Write[]> => {
  const planned: Write[] = [];
  for (const { Put, Update, Delete, ConditionCheck } of entries) {
    if (Put) planned.push({ ...at(Put.TableName, await keyIn(engine, Put), Put), kind: 'PutItem' });
    if (Update) planned.push({ ...at(Update.TableName, Update.Key, Update), kind: 'UpdateItem' });
    if (Delete) planned.push({ ...at(Delete.TableName, Delete.Key, Delete), kind: 'DeleteItem' });
    if (ConditionCheck) {
      planned.push({
        ...at(ConditionCheck.TableName, ConditionCheck.Key, ConditionCheck),
        kind: 'ConditionCheck',
      });
    }
  }
  return planned;
};

const at = (table: string, key: Item, input: object) => ({ table, key, input });

const described = z.object({
  Table: z.object({ KeySchema: z.array(z.object({ AttributeName: z.string() })) }),
});

const keyIn = async (
  engine: DynamoEngine,
  { TableName, Item: whole }: z.infer<typeof put>,
): Promise<Item> => {
  const { Table } = described.parse(await engine.execute('DescribeTable', { TableName }));
  return Object.fromEntries(
    Table.KeySchema.map(({ AttributeName }) => [AttributeName, whole[AttributeName]]),
  );
};

const refuseRepeatedItems = (planned: readonly Write[]): void => {
  const items = new Set(planned.map(({ table, key }) => JSON.stringify([table, Object.entries(key).sort()])));
  if (items.size < planned.length) {
    throw validationException('Transaction request cannot include multiple operations on one item');
  }
};

const apply = async (engine: DynamoEngine, write: Write): Promise<Applied> => {
  if (write.kind !== 'ConditionCheck') {
    const { Attributes } = await engine.execute(write.kind, { ...write.input, ReturnValues: 'ALL_OLD' });
    return { write, before: item.optional().parse(Attributes) };
  }
  const found = await engine.execute('GetItem', {
    TableName: write.table,
    Key: write.key,
    ConsistentRead: true,
  });
  engine.checkCondition(write.input, item.optional().parse(found.Item));
  return { write, before: undefined };
};

const undo = async (engine: DynamoEngine, { write, before }: Applied): Promise<void> => {
  if (write.kind === 'ConditionCheck') return;
  if (before === undefined) await engine.execute('DeleteItem', { TableName: write.table, Key: write.key });
  else await engine.execute('PutItem', { TableName: write.table, Item: before });
};

/** Only failed conditions cancel a transaction; any other refusal is the request's own fault and told as such. */
const cancellation = (failures: readonly unknown[]): unknown => {
  const other = failures.find((failure) => failure !== undefined && !isFailedCondition(failure));
  if (other !== undefined) return other;
  const reasons = failures.map((failure) =>
    isRefusal(failure)
      ? {
          Code: 'ConditionalCheckFailed',
          Message: 'The conditional request failed',
          Item: failure.body.Item,
        }
      : { Code: 'None' },
  );
  return refusal(
    'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    { CancellationReasons: reasons },
  );
};

const isFailedCondition = (failure: unknown): boolean =>
  isRefusal(failure) && String(failure.body.__type).endsWith('#ConditionalCheckFailedException');
