import fc from 'fast-check';
import { addSums, noSums, type Sums } from '../../../lib/pipeline/money/ledger.ts';
import {
  allTenantsDayOf,
  foldEntries,
  type Totals,
  tenantDayOf,
} from '../../../lib/pipeline/money/totals.ts';
import { aJob } from '../../builders.ts';
import { anyEntries, entryOf } from './entries.ts';

const sum = (all: readonly Sums[]): Sums => all.reduce<Sums>((one, other) => addSums(one, other), noSums);

describe('totals', () => {
  it('tell costs apart by provider, model, tier and lane, and by tenant', () => {
    const other = aJob({ lane: 'low', message: { tenantId: 'tenant-b' } });
    const { all, tenants } = foldEntries([
      entryOf(),
      entryOf({ callId: '0000000000000001' }),
      entryOf({ callId: '0000000000000002' }, other),
    ]);
    expect(all.cells.map(({ lane, calls, costMicroUsd }) => [lane, calls, costMicroUsd])).toEqual([
      ['critical', 2, 260],
      ['low', 1, 130],
    ]);
    expect([...tenants].map(([id, totals]) => [id, totals.all.costMicroUsd])).toEqual([
      ['tenant-a', 260],
      ['tenant-b', 130],
    ]);
  });

  it('are the sum of their entries, however these are ordered and split', () => {
    fc.assert(
      fc.property(anyEntries, fc.nat(), (entries, at) => {
        const { all, tenants } = foldEntries(entries);
        const cells = ({ cells: own }: Totals) => sum(own);
        expect(all.all).toEqual(sum(entries));
        expect(cells(all)).toEqual(all.all);
        expect(sum([...tenants.values()].map((totals) => totals.all))).toEqual(all.all);
        expect(foldEntries(entries.toReversed()).all).toEqual(all);
        const middle = entries.length === 0 ? 0 : at % entries.length;
        const parts = [entries.slice(0, middle), entries.slice(middle)].map(
          (part) => foldEntries(part).all.all,
        );
        expect(sum(parts)).toEqual(all.all);
      }),
    );
  });

  it('of a tenant are never those of all, whatever it is called', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const [first, second] = [one, other].map((id) => tenantDayOf(id, '2026-11-26'));
        expect(first).not.toBe(allTenantsDayOf('2026-11-26'));
        expect(first === second).toBe(one === other);
      }),
    );
    expect(tenantDayOf('*', '2026-11-26')).toBe('**#2026-11-26');
  });
});
