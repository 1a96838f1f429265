import * as z from 'zod';

/** A batch request cut in two, for an answer that did only its first part. */
export type SplitBatch = {
  first: object;
  /** The answer to `first`, with the rest as unprocessed. */
  withRest(output: object): object;
};

type Writes = Record<string, unknown[]>;
type Reads = Record<string, { Keys: unknown[] }>;

const writes = z.record(z.string(), z.array(z.unknown()));
const reads = z.record(z.string(), z.looseObject({ Keys: z.array(z.unknown()) }));

/** Undefined for what is no batch, and for a batch of which nothing is left over. */
export const splitBatch = (action: string, input: object, keep: number): SplitBatch | undefined => {
  switch (action) {
    case 'BatchWriteItem':
      return splitWrites(input, keep);
    case 'BatchGetItem':
      return splitReads(input, keep);
    default:
      return undefined;
  }
};

const splitWrites = (input: object, keep: number): SplitBatch | undefined => {
  const asked = z.object({ RequestItems: writes }).safeParse(input).data?.RequestItems;
  if (asked === undefined) return undefined;
  const [first, rest] = cut(asked, keep);
  if (Object.keys(rest).length === 0) return undefined;
  return {
    first: { ...input, RequestItems: first },
    withRest: (output) => {
      const { UnprocessedItems } = z.object({ UnprocessedItems: writes.default({}) }).parse(output);
      return { ...output, UnprocessedItems: joined(UnprocessedItems, rest) };
    },
  };
};

const splitReads = (input: object, keep: number): SplitBatch | undefined => {
  const asked = z.object({ RequestItems: reads }).safeParse(input).data?.RequestItems;
  if (asked === undefined) return undefined;
  const [first, rest] = cut(keysOf(asked), keep);
  if (Object.keys(rest).length === 0) return undefined;
  return {
    first: { ...input, RequestItems: withKeys(asked, first) },
    withRest: (output) => {
      const { UnprocessedKeys } = z.object({ UnprocessedKeys: reads.default({}) }).parse(output);
      const left = joined(keysOf(UnprocessedKeys), rest);
      return { ...output, UnprocessedKeys: withKeys(asked, left) };
    },
  };
};

const keysOf = (asked: Reads): Writes =>
  Object.fromEntries(Object.entries(asked).map(([table, { Keys }]) => [table, Keys]));

/** The options of each table's read, with other keys. */
const withKeys = (asked: Reads, keys: Writes): Reads =>
  Object.fromEntries(Object.entries(keys).map(([table, Keys]) => [table, { ...asked[table], Keys }]));

/** Table by table, the first `keep` of all and the others; a table of which nothing is left is left out. */
const cut = (items: Writes, keep: number): [Writes, Writes] => {
  const first: Writes = {};
  const rest: Writes = {};
  let left = keep;
  for (const [table, list] of Object.entries(items)) {
    if (left > 0) first[table] = list.slice(0, left);
    if (list.length > left) rest[table] = list.slice(left);
    left = Math.max(0, left - list.length);
  }
  return [first, rest];
};

const joined = (some: Writes, others: Writes): Writes => {
  const all = { ...some };
  for (const [table, list] of Object.entries(others)) all[table] = [...(all[table] ?? []), ...list];
  return all;
};
