import * as z from 'zod';
import { isRefusal, refusal } from '../json-service.ts';
import type { Execute, Output } from './dynamodb-engine.ts';

/**
 * Which attribute of a table holds the second at which an item expires. Kept in memory: the templates say it again at
 * every start.
 */
export type TimeToLive = {
  enable(table: string, attribute: string): void;
  update(input: object): Output;
  describe(input: object): Output;
  stop(): void;
};

/** DynamoDB takes up to days; a minute is often enough to see it happen. */
const SWEEP_INTERVAL_MS = 60_000;

const updateInput = z.object({
  TableName: z.string(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string(), Enabled: z.boolean() }),
});
const describeInput = z.object({ TableName: z.string() });

export const createTimeToLive = (execute: Execute): TimeToLive => {
  const attributes = new Map<string, string>();
  const sweepAll = async (): Promise<void> => {
    for (const [table, attribute] of attributes) await sweep(execute, table, attribute, Date.now());
  };
  // A sweep that fails (the table is gone, the engine is closing) is made up for by the next one.
  const timer = setInterval(() => void sweepAll().catch(() => undefined), SWEEP_INTERVAL_MS).unref();
  return {
    enable: (table, attribute) => void attributes.set(table, attribute),
    update: (input) => {
      const { TableName, TimeToLiveSpecification } = parse(updateInput, input);
      if (TimeToLiveSpecification.Enabled) attributes.set(TableName, TimeToLiveSpecification.AttributeName);
      else attributes.delete(TableName);
      return { TimeToLiveSpecification };
    },
    describe: (input) => {
      const AttributeName = attributes.get(parse(describeInput, input).TableName);
      return {
        TimeToLiveDescription:
          AttributeName === undefined
            ? { TimeToLiveStatus: 'DISABLED' }
            : { TimeToLiveStatus: 'ENABLED', AttributeName },
      };
    },
    stop: () => clearInterval(timer),
  };
};

const parse = <T>(schema: z.ZodType<T>, input: object): T => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw refusal('com.amazon.coral.validate#ValidationException', z.prettifyError(parsed.error));
};

const item = z.record(z.string(), z.unknown());
const page = z.object({ Items: z.array(item), LastEvaluatedKey: item.optional() });
const described = z.object({
  Table: z.object({ KeySchema: z.array(z.object({ AttributeName: z.string() })) }),
});

/** Deletes the items of one table that have expired. */
export const sweep = async (
  execute: Execute,
  table: string,
  attribute: string,
  nowMs: number,
): Promise<void> => {
  const { Table } = described.parse(await execute('DescribeTable', { TableName: table }));
  const condition = {
    ExpressionAttributeNames: { '#expires': attribute },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(nowMs / 1000)) } },
  };
  let start: z.infer<typeof item> | undefined;
  do {
    const output = await execute('Scan', {
      ...condition,
      TableName: table,
      FilterExpression: '#expires <= :now',
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    const { Items, LastEvaluatedKey } = page.parse(output);
    for (const expired of Items) {
      const Key = Object.fromEntries(Table.KeySchema.map(({ AttributeName: name }) => [name, expired[name]]));
      await deleteUnlessRenewed(execute, {
        ...condition,
        TableName: table,
        Key,
        ConditionExpression: '#expires <= :now',
      });
    }
    start = LastEvaluatedKey;
  } while (start !== undefined);
};

const deleteUnlessRenewed = async (execute: Execute, request: object): Promise<void> => {
  try {
    await execute('DeleteItem', request);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
};
