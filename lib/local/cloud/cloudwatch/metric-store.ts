import { MINUTE_MS } from '../scaled-clock.ts';
import { type Statistic, statisticOf } from './statistic.ts';

export type Dimensions = Readonly<Record<string, string>>;

/** A metric is its namespace, its name and exactly these dimensions: with one more or less it is another metric. */
export type MetricId = { namespace: string; name: string; dimensions: Dimensions };

/** Values of one metric at a time, as it was published; `count` is how often the value was seen. */
export type Sample = { value: number; count: number };

/** Samples by metric and minute, for as long as an alarm may look back. */
export type MetricStore = {
  put(metric: MetricId, samples: readonly Sample[], atMs: number): void;
  /** `undefined` when nothing was published from `fromMs` up to, and without, `toMs`. */
  statistic(metric: MetricId, statistic: Statistic, fromMs: number, toMs: number): number | undefined;
};

/** What alarms may look back to at most: 24 h of evaluation and as much again for data that is missing. */
const KEPT_MS = 2 * 24 * 60 * MINUTE_MS;

export const createMetricStore = (): MetricStore => {
  const series = new Map<string, Map<number, Sample[]>>();
  return {
    put: (metric, samples, atMs) => {
      const minutes = minutesOf(series, keyOf(metric));
      const minute = minuteOf(atMs);
      const known = minutes.get(minute);
      if (known !== undefined) {
        known.push(...samples);
        return;
      }
      forget(minutes, minute - KEPT_MS);
      minutes.set(minute, [...samples]);
    },
    statistic: (metric, statistic, fromMs, toMs) => {
      const minutes = series.get(keyOf(metric));
      return minutes && statisticOf(statistic, samplesIn(minutes, fromMs, toMs));
    },
  };
};

const minuteOf = (ms: number): number => Math.floor(ms / MINUTE_MS) * MINUTE_MS;

const keyOf = ({ namespace, name, dimensions }: MetricId): string =>
  JSON.stringify([
    namespace,
    name,
    Object.entries(dimensions).sort(([one], [other]) => (one < other ? -1 : 1)),
  ]);

const minutesOf = (series: Map<string, Map<number, Sample[]>>, key: string): Map<number, Sample[]> => {
  const known = series.get(key) ?? new Map<number, Sample[]>();
  series.set(key, known);
  return known;
};

/** Minutes come in order, so the oldest stand first. */
const forget = (minutes: Map<number, Sample[]>, beforeMs: number): void => {
  for (const minute of minutes.keys()) {
    if (minute >= beforeMs) return;
    minutes.delete(minute);
  }
};

const samplesIn = (minutes: ReadonlyMap<number, Sample[]>, fromMs: number, toMs: number): Sample[] => {
  const samples: Sample[] = [];
  for (let minute = minuteOf(fromMs); minute < toMs; minute += MINUTE_MS)
    samples.push(...(minutes.get(minute) ?? []));
  return samples;
};
