import type { ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Capacity units as DynamoDB bills them. */
export type BilledUnits = { reads: number; writes: number };

const readers = new Set(['GetItemCommand', 'QueryCommand', 'BatchGetItemCommand', 'ScanCommand']);

/** Has DynamoDB say with every reply what it bills, and adds it up from now on. */
export const billedUnits = (client: DynamoDBClient): (() => BilledUnits) => {
  const units = { reads: 0, writes: 0 };
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (call) => {
        const reply = await next({ ...call, input: { ...call.input, ReturnConsumedCapacity: 'TOTAL' } });
        units[readers.has(commandName) ? 'reads' : 'writes'] += unitsIn(reply.output);
        return reply;
      },
    { step: 'initialize' },
  );
  return () => ({ ...units });
};

/** Of one table, or of each that a batch has reached. A reply without it would make everything look free. */
const unitsIn = (output: object): number => {
  const told = 'ConsumedCapacity' in output ? [output.ConsumedCapacity].flat() : [];
  const units = told.map((table) => (table as ConsumedCapacity).CapacityUnits);
  if (units.length === 0 || units.includes(undefined)) throw new Error('DynamoDB did not say what it bills');
  return units.reduce<number>((sum, each) => sum + (each ?? 0), 0);
};
