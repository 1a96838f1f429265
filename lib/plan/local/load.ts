import type { StageConfig } from '../../config.ts';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import { type ModelName, modelNames } from '../../pipeline/model/model.ts';
import { type Random, seededRandom } from '../../seeded-random.ts';

/** A job to be sent, so long after the beginning. */
export type ToSend = { atMs: number; lane: LaneName; model: ModelName };

/** How the jobs of a lane come: all at once, without pause for a while, or in waves. */
export type Pattern =
  | { kind: 'burst' }
  | { kind: 'stream'; forMs: number }
  | { kind: 'waves'; count: number; everyMs: number };

/** A load for this machine. It asks for slow models, so that jobs wait for places and not for the CPU. */
export type LocalLoad = {
  name: string;
  pattern: Pattern;
  lanes: Readonly<Record<LaneName, { jobs: number; models: readonly [ModelName, ...ModelName[]] }>>;
};

/** Every model in every lane, and lanes that have something to do all the time. */
export const calibrationLoad: LocalLoad = {
  name: 'calibration',
  pattern: { kind: 'burst' },
  lanes: {
    critical: { jobs: 320, models: modelNames },
    high: { jobs: 320, models: modelNames },
    medium: { jobs: 200, models: modelNames },
    low: { jobs: 220, models: modelNames },
  },
};

/**
 * What the plan is held against: three patterns, each with models and lanes of its own. Mostly the slowest model, so that
 * a busy machine has the CPU for all places; hundreds of jobs, since a model's latencies alone would move the p50 of a
 * hundred by 5 %.
 */
export const validationLoads: readonly LocalLoad[] = [
  {
    name: 'a burst',
    pattern: { kind: 'burst' },
    lanes: {
      critical: { jobs: 240, models: ['gpt-5'] },
      high: { jobs: 240, models: ['gpt-5'] },
      medium: { jobs: 160, models: ['gpt-5'] },
      low: { jobs: 180, models: ['gpt-5', 'gpt-5-mini'] },
    },
  },
  {
    name: 'three times what lanes can do, for 30 s',
    pattern: { kind: 'stream', forMs: 30_000 },
    lanes: {
      critical: { jobs: 200, models: ['gpt-5'] },
      high: { jobs: 240, models: ['gpt-5', 'gpt-5-mini'] },
      medium: { jobs: 160, models: ['gpt-5', 'gpt-5', 'claude'] },
      low: { jobs: 160, models: ['gpt-5'] },
    },
  },
  {
    name: 'four waves',
    pattern: { kind: 'waves', count: 4, everyMs: 30_000 },
    lanes: {
      critical: { jobs: 240, models: ['gpt-5', 'gpt-5', 'gpt-5-mini'] },
      high: { jobs: 280, models: ['gpt-5', 'gpt-5', 'gpt-5-nano'] },
      medium: { jobs: 180, models: ['gpt-5', 'gpt-5-mini'] },
      low: { jobs: 200, models: ['gpt-5', 'gpt-5', 'gpt-5-mini'] },
    },
  },
];

/** Starts every environment: while there are more batches than environments, another one is started. */
export const warmUpLoad = ({ lanes }: StageConfig): LocalLoad => {
  const jobs = (lane: LaneName) => lanes[lane].concurrency * (lanes[lane].batchSize + 1);
  const of = (lane: LaneName) => ({ jobs: jobs(lane), models: ['gpt-5'] as const });
  return {
    name: 'warm-up',
    pattern: { kind: 'burst' },
    lanes: { critical: of('critical'), high: of('high'), medium: of('medium'), low: of('low') },
  };
};

/** What is sent when, in order. The same seed gives the same. */
export const scheduleOf = ({ pattern, lanes }: LocalLoad, seed: number): ToSend[] => {
  const random = seededRandom(seed);
  return laneNames
    .flatMap((lane) => {
      const { jobs, models } = lanes[lane];
      return Array.from({ length: jobs }, (_, number) => ({
        atMs: instantOf(pattern, random, number / jobs),
        lane,
        model: random.pick(models),
      }));
    })
    .sort((one, other) => one.atMs - other.atMs);
};

/** `part`: where among the lane's jobs it is, from 0 to 1. */
const instantOf = (pattern: Pattern, random: Random, part: number): number => {
  switch (pattern.kind) {
    case 'burst':
      return 0;
    case 'stream':
      return random.next() * pattern.forMs;
    case 'waves':
      return Math.floor(part * pattern.count) * pattern.everyMs;
  }
};
