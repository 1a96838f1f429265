/** What somebody did, without content and without a person: machines and things of ours, named. */
export type AuditedAct = {
  action: string;
  /** The client that did it, or the function. */
  actor: string;
  target: string;
  requestId: string;
  details: Readonly<Record<string, AuditedDetail>>;
};

export type AuditedDetail = string | number | boolean;

/** One record of a chain. `hash` is of all the rest, so that it also vouches for every record before it. */
export type AuditRecord = AuditedAct & {
  chain: string;
  /** From 1, without gaps. */
  sequence: number;
  atMs: number;
  previousHash: string;
  hash: string;
};

/** Where a chain ends. */
export type AuditHead = Pick<AuditRecord, 'sequence' | 'hash'>;

/** A cryptographic hash of a text. */
export type HashOf = (text: string) => string;

/** Before the first record. */
export const emptyChain: AuditHead = { sequence: 0, hash: '' };

/** The record that comes after `head`. */
export const nextRecord = (
  chain: string,
  head: AuditHead,
  { act, atMs }: { act: AuditedAct; atMs: number },
  hashOf: HashOf,
): AuditRecord => {
  const record = { ...act, chain, sequence: head.sequence + 1, atMs, previousHash: head.hash };
  return { ...record, hash: hashOf(sealedText(record)) };
};

/** What a record is sealed by: every field in one order, and details by name. */
const sealedText = (record: Omit<AuditRecord, 'hash'>): string => {
  const { chain, sequence, atMs, action, actor, target, requestId, details, previousHash } = record;
  const sorted = Object.entries(details).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([chain, sequence, atMs, action, actor, target, requestId, sorted, previousHash]);
};

/**
 * What is wrong at a record: it was changed; it does not follow the one before it, which was exchanged; records before
 * it are gone; it is the first one that is left, and those before it cannot have expired yet.
 */
export type AuditFault = {
  kind: 'changed' | 'unlinked' | 'gap' | 'beheaded';
  chain: string;
  sequence: number;
};

/** How far a chain has been verified. */
export type AuditSight = { head: AuditHead; records: number; faults: readonly AuditFault[] };

export const nothingSeen: AuditSight = { head: emptyChain, records: 0, faults: [] };

/** Goes on with the next record, in order. `keptSinceMs`: what is older may have expired. */
export const verifyNext = (
  { head, records, faults }: AuditSight,
  record: AuditRecord,
  { hashOf, keptSinceMs }: { hashOf: HashOf; keptSinceMs: number },
): AuditSight => {
  const { chain, sequence, hash, ...rest } = record;
  const changed = hashOf(sealedText({ chain, sequence, ...rest })) !== hash;
  const linkFault = records === 0 ? faultOfFirst(record, keptSinceMs) : faultOfLink(head, record);
  const kinds = [...(changed ? (['changed'] as const) : []), ...(linkFault ? [linkFault] : [])];
  return {
    head: { sequence, hash },
    records: records + 1,
    faults: [...faults, ...kinds.map((kind) => ({ kind, chain, sequence }))],
  };
};

const faultOfFirst = (
  { sequence, atMs }: AuditRecord,
  keptSinceMs: number,
): AuditFault['kind'] | undefined =>
  sequence > 1 && atMs > keptSinceMs + EXPIRY_LAG_MS ? 'beheaded' : undefined;

/** DynamoDB deletes within days of the time that it is told; a quiet chain may have no record of the day between. */
const EXPIRY_LAG_MS = 7 * 86_400_000;

const faultOfLink = (head: AuditHead, { sequence, previousHash }: AuditRecord) => {
  if (sequence !== head.sequence + 1) return 'gap';
  return previousHash === head.hash ? undefined : 'unlinked';
};
