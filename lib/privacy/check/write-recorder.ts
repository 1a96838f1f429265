import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';

/** An item, or the part of one, that a store has sent to its table. */
export type Written = { table: string; attributes: Record<string, unknown> };

const item = z.record(z.string(), z.custom<AttributeValue>());

/** What a command that writes is given. */
const inputSchema = z.object({
  TableName: z._default(z.string(), ''),
  Item: z.optional(item),
  Key: z.optional(item),
  UpdateExpression: z.optional(z.string()),
  ExpressionAttributeNames: z.optional(z.record(z.string(), z.string())),
  ExpressionAttributeValues: z.optional(item),
  RequestItems: z.optional(
    z.record(z.string(), z.array(z.object({ PutRequest: z.optional(z.object({ Item: item })) }))),
  ),
});
type Input = z.infer<typeof inputSchema>;

/** A client of DynamoDB that keeps what it is given to write, and sends nothing. */
export const createWriteRecorder = () => {
  const written: Written[] = [];
  const client = new DynamoDBClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  client.middlewareStack.add(
    () =>
      async ({ input }) => {
        written.push(...writtenBy(inputSchema.parse(input)));
        return { output: { $metadata: {} }, response: {} };
      },
    { step: 'initialize', priority: 'high' },
  );
  return { client, written };
};

const writtenBy = ({ RequestItems, TableName: table, Item, ...input }: Input): Written[] => {
  if (RequestItems !== undefined)
    return Object.entries(RequestItems).flatMap(([of, requests]) =>
      requests.flatMap(({ PutRequest }) =>
        PutRequest ? [{ table: of, attributes: unmarshall(PutRequest.Item) }] : [],
      ),
    );
  if (Item !== undefined) return [{ table, attributes: unmarshall(Item) }];
  return input.UpdateExpression === undefined ? [] : [{ table, attributes: updated(input) }];
};

/** `#a = :a`, `b = :b`, `#c = if_not_exists(#c, :c)`, `#d = list_append(if_not_exists(#d, :none), :d)`, `#e = #f`; `ADD #g :g`. */
const SETTING = /(#?\w+) = (?:list_append\(if_not_exists\([^)]*\), |if_not_exists\([^:)]*)?([:#]\w+)/g;
const ADDING = /(#\w+) (:\w+)/g;

const updated = ({
  Key,
  UpdateExpression = '',
  ...input
}: Omit<Input, 'TableName'>): Record<string, unknown> => {
  const names = input.ExpressionAttributeNames ?? {};
  const values = unmarshall(input.ExpressionAttributeValues ?? {});
  const clauses = [SETTING, ADDING].flatMap((form) => [...UpdateExpression.matchAll(form)]);
  const set = clauses.map(([, name = '', value = '']) => [names[name] ?? name, values[value]]);
  return { ...unmarshall(Key ?? {}), ...Object.fromEntries(set) };
};
