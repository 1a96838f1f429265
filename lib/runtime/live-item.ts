import type { AttributeValue } from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;

/**
 * The item, unless its end has come. DynamoDB deletes what has expired within days; for whoever reads, it is gone at
 * once. An item without an end is there; one whose end cannot be read is gone.
 */
export const liveItem = (item: Item | undefined, nowMs: number): Item | undefined =>
  item !== undefined && isLive(item, nowMs) ? item : undefined;

/** Those of the items whose end has not come. */
export const liveItems = (items: readonly Item[] | undefined, nowMs: number): Item[] =>
  (items ?? []).filter((item) => isLive(item, nowMs));

/** `expiresAt` is in seconds since 1970, as TTL wants it. */
const isLive = ({ expiresAt }: Item, nowMs: number): boolean =>
  expiresAt === undefined || Number(expiresAt.N) * 1000 > nowMs;
