import { sha256 } from '../sha256.ts';

/** A document's hash, the same whatever the order of its fields. */
export const canonicalHash = (document: unknown): string => sha256(JSON.stringify(document, sorted));

const sorted = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value;
