import fc from 'fast-check';
import {
  type AuditHead,
  type AuditRecord,
  emptyChain,
  nextRecord,
  nothingSeen,
  verifyNext,
} from '../../../lib/pipeline/privacy/audit-chain.ts';
import { DAY_MS } from '../../../lib/pipeline/utc.ts';
import { sha256 } from '../../../lib/runtime/sha256.ts';

const KEPT_SINCE_MS = 1_000 * DAY_MS;

const acts = fc.record({
  act: fc.record({
    action: fc.string(),
    actor: fc.string(),
    target: fc.string(),
    requestId: fc.string(),
    details: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
  }),
  atMs: fc.integer({ min: KEPT_SINCE_MS + 30 * DAY_MS, max: KEPT_SINCE_MS + 90 * DAY_MS }),
});

const chains = fc.array(acts, { minLength: 2, maxLength: 12 }).map((done): AuditRecord[] => {
  let head: AuditHead = emptyChain;
  return done.map((one) => {
    const record = nextRecord('door', head, one, sha256);
    head = record;
    return record;
  });
});

const verify = (records: readonly AuditRecord[]) =>
  records.reduce(
    (sight, record) => verifyNext(sight, record, { hashOf: sha256, keptSinceMs: KEPT_SINCE_MS }),
    nothingSeen,
  );

/** A chain, and one of its records. */
const chainsAndPlaces = chains.chain((records) =>
  fc.tuple(fc.constant(records), fc.nat({ max: records.length - 1 })),
);

it('finds nothing wrong with a chain as it was written, wherever reading it begins once the first have expired', () => {
  fc.assert(
    fc.property(chainsAndPlaces, ([records, place]) => {
      expect(verify(records)).toMatchObject({ faults: [], records: records.length });
      const old = records.slice(place).map((record) => ({ record, isFirst: true }));
      const sight = old.reduce(
        (seen, { record }) => verifyNext(seen, record, { hashOf: sha256, keptSinceMs: record.atMs }),
        nothingSeen,
      );
      expect(sight.faults).toEqual([]);
    }),
  );
});

const changes: Record<string, (record: AuditRecord) => AuditRecord> = {
  action: (record) => ({ ...record, action: `${record.action}!` }),
  actor: (record) => ({ ...record, actor: `${record.actor}!` }),
  target: (record) => ({ ...record, target: `${record.target}!` }),
  requestId: (record) => ({ ...record, requestId: `${record.requestId}!` }),
  details: (record) => ({ ...record, details: { ...record.details, more: 1 } }),
  atMs: (record) => ({ ...record, atMs: record.atMs + 1 }),
  chain: (record) => ({ ...record, chain: 'another' }),
  hash: (record) => ({ ...record, hash: sha256(record.hash) }),
};

it.each(Object.entries(changes))('names the record whose %s was changed', (_field, change) => {
  fc.assert(
    fc.property(chainsAndPlaces, ([records, place]) => {
      const { faults } = verify(records.map((record, at) => (at === place ? change(record) : record)));
      expect(faults[0]).toMatchObject({ kind: 'changed', sequence: place + 1 });
    }),
  );
});

it('names the record behind one that was written anew with a hash of its own', () => {
  fc.assert(
    fc.property(chainsAndPlaces, acts, ([records, place], other) => {
      const before = records[place - 1] ?? emptyChain;
      const forged = nextRecord('door', before, other, sha256);
      fc.pre(place < records.length - 1 && forged.hash !== records[place]?.hash);
      const { faults } = verify(records.map((record, at) => (at === place ? forged : record)));
      expect(faults).toEqual([{ kind: 'unlinked', chain: 'door', sequence: place + 2 }]);
    }),
  );
});

it('names the record behind those that were removed, also at the beginning, unless they have expired', () => {
  fc.assert(
    fc.property(chainsAndPlaces, ([records, place]) => {
      fc.pre(place < records.length - 1);
      const { faults } = verify(records.toSpliced(place, 1));
      const kind = place === 0 ? 'beheaded' : 'gap';
      expect(faults).toEqual([{ kind, chain: 'door', sequence: place + 2 }]);
    }),
  );
});
