import type { LaneConfig } from '../../config.ts';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import { type ModelName, modelNames } from '../../pipeline/model/model.ts';
import type { Calibration } from '../calibration.ts';
import { quantilesOf } from '../queue/durations.ts';
import type { MeasuredBatch, MeasuredJob, MeasuredRun } from './measured-run.ts';

export type ServiceTimes = Pick<Calibration, 'serviceMs' | 'beforeMs' | 'betweenMs' | 'afterMs'>;

type Lanes = Readonly<Record<LaneName, Pick<LaneConfig, 'concurrency' | 'parallelism'>>>;

const STEPS = 100;
/** The clock of rows counts whole milliseconds, so a difference of two may seem to be below nothing. */
const quantiles = (values: readonly number[]): number[] =>
  quantilesOf(
    values.map((ms) => Math.max(0, ms)),
    STEPS,
  ).map((ms) => Math.round(ms * 10) / 10);

/** What a run in which all lanes were busy says of how long everything takes. */
export const serviceTimesOf = ({ jobs, batches }: MeasuredRun, lanes: Lanes): ServiceTimes => {
  const byId = new Map(jobs.map((job) => [job.jobId, job]));
  const held = batches.map((batch) => ({ ...batch, jobs: batch.jobIds.flatMap((id) => byId.get(id) ?? []) }));
  const serviceOf = (model: ModelName) =>
    jobs.filter((job) => job.model === model).map(({ claimMs, endMs }) => endMs - claimMs);
  return {
    serviceMs: Object.fromEntries(modelNames.map((model) => [model, quantiles(serviceOf(model))])) as Record<
      ModelName,
      number[]
    >,
    beforeMs: quantiles(laneNames.flatMap((lane) => beforeOf(inLane(held, lane), lanes[lane].concurrency))),
    betweenMs: quantiles(laneNames.flatMap((lane) => betweenOf(inLane(held, lane), lanes[lane].parallelism))),
    afterMs: quantiles(
      held.filter(hasEnded).map(({ endedMs, jobs }) => endedMs - Math.max(...jobs.map(({ endMs }) => endMs))),
    ),
  };
};

type HeldBatch = MeasuredBatch & { jobs: readonly MeasuredJob[] };

const inLane = (batches: readonly HeldBatch[], lane: LaneName): HeldBatch[] =>
  batches.filter(({ jobs }) => jobs[0]?.lane === lane);

/** The last jobs of a run have ended before their functions answer. */
const hasEnded = ({ endedMs }: MeasuredBatch): boolean => Number.isFinite(endedMs);

const endsOf = (batches: readonly MeasuredBatch[]): number[] =>
  batches
    .filter(hasEnded)
    .map(({ endedMs }) => endedMs)
    .sort((one, other) => one - other);

/**
 * Each batch takes the place that has been free for longest. The first of each place are left out: what they wait for is
 * that all messages of the run are sent.
 */
const beforeOf = (batches: readonly HeldBatch[], places: number): number[] => {
  const ends = endsOf(batches);
  return batches
    .toSorted((one, other) => one.startedMs - other.startedMs)
    .slice(places)
    .map(({ jobs }, index) => {
      const sentMs = Math.min(...jobs.map((job) => job.sentMs));
      return Math.min(...jobs.map(({ claimMs }) => claimMs)) - Math.max(sentMs, ends[index] ?? 0);
    });
};

/** With a parallelism of two, the third job is claimed after the first end, the fourth after the second. */
const betweenOf = (batches: readonly HeldBatch[], parallelism: number): number[] =>
  batches.flatMap(({ jobs }) => {
    const claims = jobs.map(({ claimMs }) => claimMs).sort((one, other) => one - other);
    const ends = jobs.map(({ endMs }) => endMs).sort((one, other) => one - other);
    return claims.slice(parallelism).map((claimMs, index) => claimMs - (ends[index] ?? claimMs));
  });
