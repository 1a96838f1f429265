import { createHash } from 'node:crypto';

/** A document's hash, the same whatever the order of its fields. */
export const canonicalHash = (document: unknown): string =>
  createHash('sha256').update(JSON.stringify(document, sorted)).digest('base64url');

const sorted = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value;
