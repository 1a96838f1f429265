import database from 'dynalite/db/index.js';

// Limits of DynamoDB that dynalite does not hold, or counts in UTF-16 where DynamoDB counts bytes of UTF-8. They are in
// "Quotas and constraints in Amazon DynamoDB"; test/contract/limits.test.ts shows each.

const MAX_BATCH_WRITES = 25;
const MAX_EXPRESSION_BYTES = 4_096;
const MAX_NESTING = 32;
const MAX_ITEM_BYTES = 409_600;
const MAX_KEY_BYTES = { HASH: 2_048, RANGE: 1_024 };

/** UTF-8 needs no more for a unit of UTF-16. */
const MAX_BYTES_PER_UNIT = 3;

const expressions = [
  'ConditionExpression',
  'FilterExpression',
  'KeyConditionExpression',
  'ProjectionExpression',
  'UpdateExpression',
] as const;

type Request = Record<string, unknown>;

/** Refuses a request for what can be seen without its table. */
export const checkRequest = (input: object): void => {
  const request: Request = { ...input };
  const problem = longExpression(request) ?? tooManyWrites(request) ?? tooDeep(request);
  if (problem !== undefined) throw database.validationError(problem);
};

const longExpression = (request: Request): string | undefined => {
  for (const name of expressions) {
    const bytes = Buffer.byteLength(String(request[name] ?? ''));
    if (bytes > MAX_EXPRESSION_BYTES)
      return `Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${bytes}`;
  }
  return undefined;
};

/** dynalite counts them table by table. Lists are the writes of a BatchWriteItem; a BatchGetItem has none. */
const tooManyWrites = ({ RequestItems }: Request): string | undefined => {
  const lists = membersOf(RequestItems).filter(Array.isArray);
  const count = lists.reduce((sum, list) => sum + list.length, 0);
  return count > MAX_BATCH_WRITES ? 'Too many items requested for the BatchWriteItem call' : undefined;
};

const tooDeep = ({ Item, ExpressionAttributeValues }: Request): string | undefined =>
  [...membersOf(Item), ...membersOf(ExpressionAttributeValues)].some((value) => levelsOf(value) > MAX_NESTING)
    ? 'Nesting Levels have exceeded supported limits: Attributes can have up to 32 levels'
    : undefined;

/** An attribute value is an object of its type's name; lists and maps hold others. */
const levelsOf = (value: unknown): number => {
  const [held] = membersOf(value);
  const isDocument = typeof held === 'object' && held !== null && hasDocument(value);
  return isDocument ? 1 + Math.max(0, ...membersOf(held).map(levelsOf)) : 1;
};

const hasDocument = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('L' in value || 'M' in value);

const membersOf = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : [];

type Item = Record<string, Record<string, unknown>>;
type Table = Parameters<typeof database.validateItem>[1];

const { itemSize, validateItem, validateKey, updateIndexes } = database;

/** Replaces the functions by which dynalite's operations measure items and keys. */
export const measureInBytes = (): void => {
  database.itemSize = bytesOf;
  database.validateItem = (item, table) => validateItem(item, table) ?? longKey(item, table);
  database.validateKey = (key, table, schema) => validateKey(key, table, schema) ?? longKey(key, table);
  database.updateIndexes = (store, table, existing, item, done) => {
    const failure = item === null ? undefined : invalidIndexKey(item, table);
    if (failure === undefined) updateIndexes(store, table, existing, item, done);
    else done(failure);
  };
};

const bytesOf = (item: Item): number => {
  const size = itemSize(item);
  if (size * MAX_BYTES_PER_UNIT <= MAX_ITEM_BYTES) return size;
  const text = JSON.stringify(item);
  return size + Buffer.byteLength(text) - text.length;
};

const longKey = (values: Item, { KeySchema }: Table) => {
  for (const { AttributeName, KeyType } of KeySchema) {
    const text = values[AttributeName]?.S;
    if (typeof text === 'string' && Buffer.byteLength(text) > MAX_KEY_BYTES[KeyType])
      return database.validationError(
        `One or more parameter values were invalid: Size of ${KeyType === 'HASH' ? 'hashkey' : 'rangekey'} has exceeded the maximum size limit of ${MAX_KEY_BYTES[KeyType]} bytes`,
      );
  }
  return undefined;
};

/** An item may lack the key of an index, and is then not in it; it may not have an empty one. */
const invalidIndexKey = (item: Item, { GlobalSecondaryIndexes = [] }: Table) => {
  for (const { IndexName, KeySchema } of GlobalSecondaryIndexes) {
    const empty = KeySchema.find(({ AttributeName }) => item[AttributeName]?.S === '');
    if (empty !== undefined)
      return database.validationError(
        `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: ${IndexName}, IndexKey: ${empty.AttributeName}`,
      );
  }
  return undefined;
};
