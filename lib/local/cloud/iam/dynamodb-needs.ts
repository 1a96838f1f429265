import * as z from 'zod';
import type { Context, Need } from './access.ts';

/** The keys of a table and of its indexes: the attribute that partitions it, by the index's name or ''. */
export type PartitionKeys = ReadonlyMap<string, string>;

export type KnownTables = { arnOf(table: string): string; partitionKeysOf(table: string): PartitionKeys };

const item = z.record(z.string(), z.record(z.string(), z.unknown()));

const single = z.object({
  TableName: z.string(),
  IndexName: z.string().optional(),
  Key: item.optional(),
  Item: item.optional(),
  KeyConditionExpression: z.string().optional(),
  UpdateExpression: z.string().optional(),
  ConditionExpression: z.string().optional(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).default({}),
  ExpressionAttributeValues: item.default({}),
  Select: z.string().optional(),
  ReturnValues: z.string().optional(),
});

type Single = z.infer<typeof single>;

const batchGet = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(item) })) });

const write = z.object({
  PutRequest: z.object({ Item: item }).optional(),
  DeleteRequest: z.object({ Key: item }).optional(),
});
const batchWrite = z.object({ RequestItems: z.record(z.string(), z.array(write)) });

const transaction = z.object({ TransactItems: z.array(z.record(z.string(), single)) });

/** What a request to DynamoDB needs; of one that DynamoDB would not understand, nothing: it is refused anyway. */
export const dynamoDbNeeds = (tables: KnownTables, operation: string, input: object): Need[] => {
  switch (operation) {
    case 'ListTables':
      return [{ action: 'dynamodb:ListTables', resource: '*', context: {} }];
    case 'BatchGetItem':
      return ofBatch(tables, operation, batchGet.safeParse(input).data?.RequestItems, ({ Keys }) => Keys);
    case 'BatchWriteItem':
      return ofBatch(tables, operation, batchWrite.safeParse(input).data?.RequestItems, (writes) =>
        writes.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key ?? {}),
      );
    case 'TransactGetItems':
    case 'TransactWriteItems':
      return ofTransaction(tables, operation, input);
    default: {
      const { data } = single.safeParse(input);
      return data === undefined ? [] : [ofSingle(tables, operation, data)];
    }
  }
};

const ofBatch = <Requests>(
  tables: KnownTables,
  operation: string,
  requested: Readonly<Record<string, Requests>> = {},
  itemsOf: (requests: Requests) => readonly z.infer<typeof item>[],
): Need[] =>
  Object.entries(requested).map(([table, requests]) => ({
    action: `dynamodb:${operation}`,
    resource: tables.arnOf(table),
    context: leadingKeys(
      itemsOf(requests).map((keyed) => textIn(keyed[tables.partitionKeysOf(table).get('') ?? ''])),
    ),
  }));

/** A transaction needs what its parts would need on their own. */
const ofTransaction = (tables: KnownTables, operation: string, input: object): Need[] => {
  const { TransactItems = [] } = transaction.safeParse(input).data ?? {};
  return TransactItems.flatMap((part) => Object.entries(part)).map(([kind, request]) => {
    const action = kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`;
    const need = ofSingle(tables, action, request);
    return { ...need, context: { ...need.context, 'dynamodb:EnclosingOperation': operation } };
  });
};

const ofSingle = (tables: KnownTables, operation: string, input: Single): Need => {
  const { TableName, IndexName, Key, Item, Select, ReturnValues } = input;
  const arn = tables.arnOf(TableName);
  const partitionKey = tables.partitionKeysOf(TableName).get(IndexName ?? '') ?? '';
  const key = textIn((Key ?? Item)?.[partitionKey]) ?? queriedKey(input, partitionKey);
  return {
    action: `dynamodb:${operation}`,
    resource: IndexName === undefined ? arn : `${arn}/index/${IndexName}`,
    context: {
      ...leadingKeys([key]),
      ...(operation === 'UpdateItem' && attributesOf(input)),
      ...(Select !== undefined && { 'dynamodb:Select': Select }),
      ...(ReturnValues !== undefined && { 'dynamodb:ReturnValues': ReturnValues }),
    },
  };
};

/** Not a value, a function or what lies within an attribute. */
const ATTRIBUTE = /(?<![:.\w#])#?[a-z_]\w*(?!\w*\s*\()/gi;
const KEYWORD = /^(SET|REMOVE|ADD|DELETE|AND|OR|NOT|BETWEEN|IN)$/i;

/** The attributes that a change touches or looks at, and the key by which it finds its item. */
const attributesOf = (input: Single): Context => {
  const { Key = {}, UpdateExpression = '', ConditionExpression = '', ExpressionAttributeNames } = input;
  const words = `${UpdateExpression} ${ConditionExpression}`.match(ATTRIBUTE) ?? [];
  const named = words
    .filter((word) => !KEYWORD.test(word))
    .map((word) => ExpressionAttributeNames[word] ?? word);
  return { 'dynamodb:Attributes': [...new Set([...Object.keys(Key), ...named])].sort() };
};

/** The value that `partitionKey = :value` asks for. */
const queriedKey = (input: Single, partitionKey: string): string | undefined => {
  const equalities = input.KeyConditionExpression?.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g) ?? [];
  for (const [, name = '', value = ''] of equalities)
    if ((input.ExpressionAttributeNames[name] ?? name) === partitionKey)
      return textIn(input.ExpressionAttributeValues[value]);
  return undefined;
};

/** Of `{ S: 'text' }`. */
const textIn = (attribute: Record<string, unknown> | undefined): string | undefined => {
  const [value] = Object.values(attribute ?? {});
  return value === undefined ? undefined : String(value);
};

/** A request without any (a scan) does not tell the key at all, as on AWS. */
const leadingKeys = (values: readonly (string | undefined)[]): Context => {
  const known = [...new Set(values.filter((value) => value !== undefined))].sort();
  return known.length === 0 ? {} : { 'dynamodb:LeadingKeys': known };
};
