import fc from 'fast-check';
import { costGroupings, costReport, usdText } from '../../../lib/pipeline/money/cost-report.ts';
import { addSums, noSums, type Sums } from '../../../lib/pipeline/money/ledger.ts';
import { foldEntries } from '../../../lib/pipeline/money/totals.ts';
import { utcDay } from '../../../lib/pipeline/utc.ts';
import { aJob } from '../../builders.ts';
import { anyEntries, entryOf } from './entries.ts';

const sum = (all: readonly Sums[]): Sums => all.reduce<Sums>((one, other) => addSums(one, other), noSums);

describe('costs', () => {
  it('add up to the same total by any key: entries, rows, groups and total', () => {
    fc.assert(
      fc.property(anyEntries, fc.nat({ max: 5 }), (entries, dayShift) => {
        // hours of several days, some of them without an entry
        const moved = entries.map((entry, nth) => ({ ...entry, atMs: entry.atMs + (nth % 4) * 86_400_000 }));
        const byDay = Map.groupBy(moved, ({ atMs }) => utcDay(atMs));
        const empty = [...Array(dayShift).keys()].map((nth) => ({ day: `2027-01-0${nth + 1}`, cells: [] }));
        const days = [...byDay].map(([day, own]) => ({ day, cells: foldEntries(own).all.cells }));
        for (const grouping of costGroupings) {
          const { rows, groups, total } = costReport([...days, ...empty], grouping);
          expect(total).toEqual(sum(moved));
          expect(sum(groups.map(({ sums }) => sums))).toEqual(total);
          expect(sum(rows.map(({ sums }) => sums))).toEqual(total);
          for (const { key, sums } of groups)
            expect(sum(rows.filter((row) => row.key === key).map((row) => row.sums))).toEqual(sums);
          expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length);
        }
      }),
    );
  });

  it('are told by day for each day, and by other keys for those that were used', () => {
    const low = aJob({ lane: 'low' });
    const cells = foldEntries([entryOf(), entryOf({ callId: '0000000000000001' }, low)]).all.cells;
    const days = [
      { day: '2026-11-25', cells: [] },
      { day: '2026-11-26', cells },
    ];
    const told = (grouping: (typeof costGroupings)[number]) =>
      costReport(days, grouping).rows.map(({ day, key, sums }) => [day, key, sums.costMicroUsd]);
    expect(told('day')).toEqual([
      ['2026-11-25', '2026-11-25', 0],
      ['2026-11-26', '2026-11-26', 260],
    ]);
    expect(told('model')).toEqual([['2026-11-26', 'openai/gpt-5-nano', 260]]);
    expect(told('lane')).toEqual([
      ['2026-11-26', 'critical', 130],
      ['2026-11-26', 'low', 130],
    ]);
    expect(told('tier')).toEqual([['2026-11-26', 'default', 260]]);
  });

  it('of a lane that nobody knows are those of an unknown one', () => {
    const cells = foldEntries([{ ...entryOf(), lane: '?' }]).all.cells;
    expect(costReport([{ day: '2026-11-26', cells }], 'lane').groups[0]?.key).toBe('unknown');
  });

  it.each([
    [0, '0.000000'],
    [1, '0.000001'],
    [-130, '-0.000130'],
    [1_000_000, '1.000000'],
    [123_456_789_012, '123456.789012'],
    [-25_000_000, '-25.000000'],
  ])('of %i micro-dollars are %s dollars', (microUsd, text) => {
    expect(usdText(microUsd)).toBe(text);
  });

  it('in dollars are those in micro-dollars, exactly', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (microUsd) => {
        const text = usdText(microUsd);
        expect(text).toMatch(/^-?(0|[1-9]\d*)\.\d{6}$/);
        expect(BigInt(text.replace('.', ''))).toBe(BigInt(microUsd));
      }),
    );
  });
});
