import { addSums, noSums, type Sums, UNKNOWN } from './ledger.ts';
import type { TotalsCell } from './totals.ts';

/** What costs can be asked for by. */
export const costGroupings = ['day', 'model', 'lane', 'tier'] as const;
export type CostGrouping = (typeof costGroupings)[number];

/** The totals of a day, hour by hour. */
export type DayCells = { day: string; cells: readonly TotalsCell[] };

type Keyed = { key: string; sums: Sums };

/** What was spent: on each day by each key, by each key, and in all. Every level is the exact sum of the one before. */
export type CostReport = {
  rows: readonly (Keyed & { day: string })[];
  groups: readonly Keyed[];
  total: Sums;
};

/** Groups the totals of days. A day on which nothing was spent has a row of its own only among days. */
export const costReport = (days: readonly DayCells[], grouping: CostGrouping): CostReport => {
  const rows = days.flatMap(({ day, cells }) =>
    (grouping === 'day'
      ? [{ key: day, sums: sumOf(cells) }]
      : sumsBy(
          cells,
          (cell) => keyOf(cell, grouping),
          (cell) => cell,
        )
    ).map((keyed) => ({ day, ...keyed })),
  );
  const groups = sumsBy(
    rows,
    ({ key }) => key,
    ({ sums }) => sums,
  );
  return { rows, groups, total: sumOf(groups.map(({ sums }) => sums)) };
};

const keyOf = ({ provider, modelId, lane, tier }: TotalsCell, grouping: Exclude<CostGrouping, 'day'>) => {
  switch (grouping) {
    case 'model':
      return `${provider}/${modelId}`;
    case 'lane':
      return lane === UNKNOWN ? 'unknown' : lane;
    case 'tier':
      return tier;
  }
};

const sumsBy = <Thing>(
  things: readonly Thing[],
  key: (thing: Thing) => string,
  sums: (thing: Thing) => Sums,
): readonly Keyed[] =>
  [...Map.groupBy(things, key)]
    .map(([name, same]) => ({ key: name, sums: sumOf(same.map(sums)) }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));

const sumOf = (all: readonly Sums[]): Sums => all.reduce<Sums>((sum, one) => addSums(sum, one), noSums);

/** Micro-dollars as dollars in decimal: exact, which a division is not. */
export const usdText = (microUsd: number): string => {
  const digits = String(Math.abs(microUsd)).padStart(7, '0');
  return `${microUsd < 0 ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
};
