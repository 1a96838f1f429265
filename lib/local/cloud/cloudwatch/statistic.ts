import type { Sample } from './metric-store.ts';

const simpleStatistics = ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'] as const;

export type Statistic = { kind: (typeof simpleStatistics)[number] } | { kind: 'percentile'; percent: number };

/** A statistic by CloudWatch's name, `Sum` or `p99.9`; `undefined` for one that is not known here. */
export const parseStatistic = (name: string): Statistic | undefined => {
  const simple = simpleStatistics.find((known) => known === name);
  if (simple !== undefined) return { kind: simple };
  const [, percent] = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(name) ?? [];
  return percent === undefined ? undefined : { kind: 'percentile', percent: Number(percent) };
};

export const statisticOf = (statistic: Statistic, samples: readonly Sample[]): number | undefined => {
  const count = samples.reduce((total, sample) => total + sample.count, 0);
  if (count === 0) return undefined;
  switch (statistic.kind) {
    case 'SampleCount':
      return count;
    case 'Sum':
      return sumOf(samples);
    case 'Average':
      return sumOf(samples) / count;
    case 'Minimum':
      return samples.reduce((least, { value }) => Math.min(least, value), Infinity);
    case 'Maximum':
      return samples.reduce((most, { value }) => Math.max(most, value), -Infinity);
    case 'percentile':
      return percentileOf(statistic.percent, samples, count);
  }
};

const sumOf = (samples: readonly Sample[]): number =>
  samples.reduce((sum, { value, count }) => sum + value * count, 0);

/** The least value that this share of all values does not exceed. */
const percentileOf = (percent: number, samples: readonly Sample[], count: number): number | undefined => {
  const sorted = samples.toSorted((one, other) => one.value - other.value);
  const rank = Math.max(1, Math.ceil((percent / 100) * count));
  let passed = 0;
  for (const { value, count: seen } of sorted) {
    passed += seen;
    if (passed >= rank) return value;
  }
  return sorted.at(-1)?.value;
};
