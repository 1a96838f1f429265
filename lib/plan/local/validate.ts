import { percentile } from '../../local/sample/percentile.ts';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import { sum } from '../../sum.ts';
import { textTable } from '../../terminal/text-table.ts';
import type { Calibration } from '../calibration.ts';
import { meanOfQuantiles } from '../queue/durations.ts';
import { validationLoads } from './load.ts';
import { type Around, measuredStage, onLocalCloud } from './local-cloud.ts';
import type { MeasuredJob } from './measured-run.ts';
import { type LaneFigures, predictLane } from './predict.ts';

/** What was said to come, and what came. */
export type Comparison = {
  load: string;
  lane: LaneName;
  predicted: LaneFigures;
  measured: LaneFigures;
  /** What jobs took from claim to end, as a share of what the calibration says: above 1, the machine was slower than then. */
  slowness: number;
};

/** How far a prediction may be off. */
const MOST_ERROR = 0.15;

/** Three local runs, each with a prediction made of the load that was sent. */
export const validate = async (
  around: Around,
  calibration: Calibration,
  seed: number,
): Promise<readonly Comparison[]> =>
  onLocalCloud(around, seed, async ({ measure }) => {
    const comparisons: Comparison[] = [];
    for (const load of validationLoads) {
      const { jobs } = await measure(load);
      const ofRun = laneNames.map((lane) => compare(calibration, load.name, lane, jobs));
      comparisons.push(...ofRun);
      around.say(`\n${comparisonTable(ofRun)}\n`);
    }
    return comparisons;
  });

const compare = (
  calibration: Calibration,
  load: string,
  lane: LaneName,
  jobs: readonly MeasuredJob[],
): Comparison => {
  const own = jobs.filter((job) => job.lane === lane);
  return {
    load,
    lane,
    predicted: predictLane(calibration, measuredStage, lane, own),
    measured: figuresOf(own),
    slowness: slownessOf(calibration, own),
  };
};

const slownessOf = ({ serviceMs }: Calibration, jobs: readonly MeasuredJob[]): number => {
  const calibrated = sum(jobs.map(({ model }) => meanOfQuantiles(serviceMs[model])));
  return sum(jobs.map(({ claimMs, endMs }) => endMs - claimMs)) / calibrated;
};

const figuresOf = (jobs: readonly MeasuredJob[]): LaneFigures => {
  const waits = jobs.map(({ sentMs, claimMs }) => claimMs - sentMs);
  const firstMs = Math.min(...jobs.map(({ sentMs }) => sentMs));
  const lastMs = Math.max(...jobs.map(({ endMs }) => endMs));
  return {
    p50Ms: percentile(waits, 50) ?? Number.NaN,
    p99Ms: percentile(waits, 99) ?? Number.NaN,
    jobsPerSecond: (jobs.length / (lastMs - firstMs)) * 1_000,
  };
};

/** Of the measured value. */
export const errorsOf = ({ predicted, measured }: Comparison): LaneFigures => ({
  p50Ms: predicted.p50Ms / measured.p50Ms - 1,
  p99Ms: predicted.p99Ms / measured.p99Ms - 1,
  jobsPerSecond: predicted.jobsPerSecond / measured.jobsPerSecond - 1,
});

export const isWithin = (comparison: Comparison): boolean =>
  Object.values(errorsOf(comparison)).every((error) => Math.abs(error) <= MOST_ERROR);

export const comparisonTable = (comparisons: readonly Comparison[]): string =>
  textTable([
    ['predicted / measured', 'wait p50 s', '', 'wait p99 s', '', 'jobs/s', '', 'jobs took'],
    ...comparisons.map((comparison) => {
      const { load, lane, predicted, measured, slowness } = comparison;
      const errors = errorsOf(comparison);
      const seconds = (of: 'p50Ms' | 'p99Ms') =>
        `${(predicted[of] / 1_000).toFixed(1)} / ${(measured[of] / 1_000).toFixed(1)}`;
      return [
        `${load}: ${lane}`,
        seconds('p50Ms'),
        percent(errors.p50Ms),
        seconds('p99Ms'),
        percent(errors.p99Ms),
        `${predicted.jobsPerSecond.toFixed(2)} / ${measured.jobsPerSecond.toFixed(2)}`,
        percent(errors.jobsPerSecond),
        percent(slowness - 1),
      ];
    }),
  ]).join('\n');

const percent = (error: number): string => `${error < 0 ? '' : '+'}${(100 * error).toFixed(0)} %`;
