import type { StageConfig } from '../../config.ts';
import type { LaneName } from '../../pipeline/job/lane.ts';
import { modelNames } from '../../pipeline/model/model.ts';
import { seededRandom } from '../../seeded-random.ts';
import { type Calibration, laneModelOf } from '../calibration.ts';
import { recordedArrivals } from '../queue/arrivals.ts';
import { grown, simulateLane } from '../queue/simulate-lane.ts';
import type { MeasuredJob } from './measured-run.ts';

/** What is compared of a lane: waits from sending to claim in ms, and jobs per second from the first sending to the last end. */
export type LaneFigures = { p50Ms: number; p99Ms: number; jobsPerSecond: number };

/** Simulations of the same load: what is predicted is the middle of them. */
const RUNS = 41;

/** How a lane will do with the load that was sent, by the calibration alone. */
export const predictLane = (
  calibration: Calibration,
  config: StageConfig,
  lane: LaneName,
  sent: readonly Pick<MeasuredJob, 'sentMs' | 'model'>[],
): LaneFigures => {
  const { concurrency, ...knobs } = config.lanes[lane];
  const model = laneModelOf(calibration, knobs, grown(concurrency));
  const load = sent
    .map(({ sentMs, model }) => ({ atMs: sentMs, kind: modelNames.indexOf(model) }))
    .sort((one, other) => one.atMs - other.atMs);
  const runs = Array.from({ length: RUNS }, (_, seed) =>
    simulateLane(model, { arrivals: recordedArrivals(load), random: seededRandom(seed + 1) }),
  );
  return {
    p50Ms: middleOf(runs.map(({ waits }) => waits.percentile(50))),
    p99Ms: middleOf(runs.map(({ waits }) => waits.percentile(99))),
    jobsPerSecond: middleOf(runs.map(({ jobs, spanMs }) => (jobs / spanMs) * 1_000)),
  };
};

const middleOf = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
