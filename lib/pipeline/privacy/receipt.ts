import { utcInstant } from '../utc.ts';
import type { SweptStore } from './request-plan.ts';

/**
 * What an erasure came to in a store. `erased`: deleted, and looked for again by who may only read. `fenced`: what still
 * lies there is taken once, given to nobody, and leaves nothing. `unreadable`: its keys are gone. `anonymous`: kept, for
 * reasons of law or because it names nobody. `expires`: ends by itself.
 */
export const strategies = ['erased', 'fenced', 'unreadable', 'anonymous', 'expires'] as const;

export type ReceiptLine = {
  store: string;
  strategy: (typeof strategies)[number];
  /** How many items were deleted. */
  count?: number;
  /** When the last of it is gone, where that is later than the receipt. */
  residualUntil?: string;
};

/** How long what cannot be searched stays, in ms. */
export type Residues = { laneMs: number; backupMs: number; sideQueueMs: number };

/** `subjectKind` alone: a receipt names nobody. */
export type Receipt = {
  kind: 'relay-erasure-receipt';
  version: 1;
  requestId: string;
  subjectKind: string;
  erasedAt: string;
  verifiedAt: string;
  stores: readonly ReceiptLine[];
};

type Erasure = {
  requestId: string;
  subjectKind: string;
  erasedAtMs: number;
  erased: Readonly<Partial<Record<SweptStore, number>>>;
};

/** A minute's starts are forgotten ten minutes later (dynamodb-user-starts.ts). */
const STARTS_MS = 600_000;

/** What is signed when an erasure was verified: every store that has, or had, something of a subject. */
export const receiptOf = (
  { requestId, subjectKind, erasedAtMs, erased }: Erasure,
  verifiedAtMs: number,
  { laneMs, backupMs, sideQueueMs }: Residues,
): Receipt => {
  const until = (forMs: number) => ({ residualUntil: utcInstant(erasedAtMs + forMs) });
  const gone = (store: SweptStore) => ({ strategy: 'erased' as const, count: erased[store] ?? 0 });
  return {
    kind: 'relay-erasure-receipt',
    version: 1,
    requestId,
    subjectKind,
    erasedAt: utcInstant(erasedAtMs),
    verifiedAt: utcInstant(verifiedAtMs),
    stores: [
      { store: 'jobs', ...gone('jobs') },
      {
        store: 'older versions of jobs: messages, metadata and answers',
        strategy: 'unreadable',
        ...until(backupMs),
      },
      { store: 'older versions of jobs: ids', strategy: 'expires', ...until(backupMs) },
      { store: 'lanes', strategy: 'fenced', ...until(laneMs) },
      { store: 'dead letters of lanes', ...gone('dead-letters') },
      { store: 'exports', ...gone('exports') },
      { store: 'privacy requests', ...gone('requests'), strategy: 'anonymous' },
      { store: 'keys of subjects', strategy: 'unreadable' },
      { store: 'starts of users', strategy: 'expires', ...until(STARTS_MS) },
      { store: 'events and webhooks', strategy: 'expires', ...until(sideQueueMs) },
      { store: 'ledger and totals', strategy: 'anonymous' },
      { store: 'audit trail', strategy: 'anonymous' },
      { store: 'logs and metrics', strategy: 'anonymous' },
    ],
  };
};
