import type { StageConfig } from '../config.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import type { ModelName } from '../pipeline/model/model.ts';

/** What a plan is asked for. Shares are of one, and sum up to it. */
export type Ask = {
  jobsPerSecond: number;
  lanes: Readonly<Record<LaneName, number>>;
  models: Readonly<Record<ModelName, number>>;
  /** Of a job. */
  inputTokens: number;
  /** Reasoning included. */
  outputTokens: Readonly<Record<ModelName, number>>;
  /** Of the jobs: those that come over the HTTP API, each with one submit and one look at its end. */
  httpShare: number;
  /** Of the jobs: those of the tenant that sends most. */
  largestTenantShare: number;
  config: StageConfig;
  seed: number;
  /** For prices and models, which change with the day. In ms since 1970. */
  nowMs: number;
};

/** How many of a lane's jobs come in a second. */
export const laneRate = ({ jobsPerSecond, lanes }: Pick<Ask, 'jobsPerSecond' | 'lanes'>, lane: LaneName) =>
  jobsPerSecond * lanes[lane];
