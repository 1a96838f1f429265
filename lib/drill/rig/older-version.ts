import {
  type AttributeValue,
  ConditionalCheckFailedException,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import type { Rig } from './rig.ts';

/** A table as it once was. */
export type OlderVersion = {
  /** Puts back what has gone since, as a person does who restores a table to that point: how many rows. */
  restore(): Promise<number>;
};

/** Keeps a table as it is now; `key`: the attribute that every row has. */
export const keepVersion = async (
  { dynamodb }: Pick<Rig, 'dynamodb'>,
  TableName: string,
  key: string,
): Promise<OlderVersion> => {
  const rows: Record<string, AttributeValue>[] = [];
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName, ConsistentRead: true }))
    rows.push(...Items);
  const putBack = async (Item: Record<string, AttributeValue>): Promise<number> => {
    const ConditionExpression = `attribute_not_exists(${key})`;
    try {
      await dynamodb.send(new PutItemCommand({ TableName, Item, ConditionExpression }));
      return 1;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 0;
      throw error;
    }
  };
  return {
    restore: async () => {
      let restored = 0;
      for (const row of rows) restored += await putBack(row);
      return restored;
    },
  };
};
