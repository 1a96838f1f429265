import * as z from 'zod';
import type { TableSpec } from '../assembly/deployment.ts';
import type { Execute } from './dynamodb-engine.ts';

const listed = z.object({ TableNames: z.array(z.string()) });

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));

const indexes = z
  .array(
    z.object({
      IndexName: z.string(),
      KeySchema: keySchema,
      Projection: z.object({ ProjectionType: z.string(), NonKeyAttributes: z.array(z.string()).optional() }),
    }),
  )
  .default([]);

/** What cannot be changed in place, without the statuses and counts that DescribeTable adds. */
const shape = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: indexes,
  LocalSecondaryIndexes: indexes,
});

const described = z.object({ Table: shape.extend({ TableStatus: z.string() }) });

/** Creates a table, or finds it as it was left; resolves when it can be used. */
export const createDeclaredTable = async (
  execute: Execute,
  TableName: string,
  definition: TableSpec['definition'],
): Promise<void> => {
  const { TableNames } = listed.parse(await execute('ListTables', {}));
  if (!TableNames.includes(TableName)) await execute('CreateTable', { TableName, ...definition });
  const describe = async () => described.parse(await execute('DescribeTable', { TableName })).Table;
  let table = await describe();
  while (table.TableStatus !== 'ACTIVE') {
    await new Promise((resolve) => setImmediate(resolve));
    table = await describe();
  }
  if (canonical(definition) === canonical(table)) return;
  throw new Error(
    `table ${TableName} is kept with other keys or indexes than the templates declare: start with an empty data directory`,
  );
};

/** The order of attributes and indexes has no meaning. */
const canonical = (table: object): string => {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } =
    shape.parse(table);
  const sorted = (entries: readonly object[]) => entries.map((entry) => JSON.stringify(entry)).sort();
  return JSON.stringify([
    sorted(AttributeDefinitions),
    KeySchema,
    sorted(GlobalSecondaryIndexes),
    sorted(LocalSecondaryIndexes),
  ]);
};
