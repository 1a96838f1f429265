import * as z from 'zod';

const addressed = z.object({
  TableName: z.string().optional(),
  RequestItems: z.record(z.string(), z.unknown()).optional(),
  TransactItems: z.array(z.record(z.string(), z.object({ TableName: z.string() }))).optional(),
});

/** The tables that a request is about: names, or ARNs, which end in the name. */
export const tablesIn = (input: object): string[] => {
  const { TableName, RequestItems = {}, TransactItems = [] } = addressed.safeParse(input).data ?? {};
  const ofTransaction = TransactItems.flatMap((item) => Object.values(item)).map((part) => part.TableName);
  return [...(TableName === undefined ? [] : [TableName]), ...Object.keys(RequestItems), ...ofTransaction];
};
