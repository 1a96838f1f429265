import * as z from 'zod';
import type { LaneConfig } from '../config.ts';
import { modelNames } from '../pipeline/model/model.ts';
import { fromQuantiles } from './queue/durations.ts';
import type { Growth, LaneModel } from './queue/simulate-lane.ts';

/** Values in ms at evenly spaced quantiles, from the least to the greatest. */
const quantiles = z.array(z.number().nonnegative()).min(2);

/** Made by `npm run plan -- --calibrate`: what was measured of the built bundles on the local cloud. */
export const calibrationSchema = z.strictObject({
  /** The day on which it was measured. */
  measuredOn: z.iso.date(),
  machine: z.strictObject({ cores: z.int(), node: z.string(), loadAverage: z.number() }),
  jobs: z.int(),
  /** From a job's claim to its end, by the model that it asks for. */
  serviceMs: z.record(z.enum(modelNames), quantiles),
  /** From a place and a message both being there to the first claim of the batch. */
  beforeMs: quantiles,
  /** From a job's end to the claim of the one that has waited for it in the same batch. */
  betweenMs: quantiles,
  /** From the end of a batch's last job to the function's answer. */
  afterMs: quantiles,
  /** Of a job of the sample: tokens that go in, those that come out by model, reasoning included, and what a worker logs. */
  inputTokens: z.number(),
  outputTokens: z.record(z.enum(modelNames), z.number()),
  logBytesPerJob: z.number(),
  /** What a fold of the ledger needs for each entry: CPU at a whole core, and memory that it holds until the end. */
  foldMicrosPerEntry: z.number().positive(),
  foldBytesPerEntry: z.number().positive(),
});

export type Calibration = z.infer<typeof calibrationSchema>;

/** A lane of a stage as a queue. The kinds of its jobs are the models, in the order of `modelNames`. */
export const laneModelOf = (
  { serviceMs, beforeMs, betweenMs, afterMs }: Calibration,
  { batchSize, parallelism, batchingWindowSeconds }: Omit<LaneConfig, 'concurrency'>,
  growth: Growth,
): LaneModel => ({
  batchSize,
  parallelism,
  batchingWindowSeconds,
  growth,
  service: modelNames.map((name) => fromQuantiles(serviceMs[name])),
  before: fromQuantiles(beforeMs),
  between: fromQuantiles(betweenMs),
  after: fromQuantiles(afterMs),
});
