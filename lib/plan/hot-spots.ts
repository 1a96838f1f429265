import { CALLS_PER_WRITE } from '../pipeline/fleet/latencies.ts';
import { blockRequests } from '../pipeline/fleet/quota.ts';
import { sum } from '../sum.ts';
import type { Ask } from './ask.ts';
import { awsLimits } from './aws-limits.ts';
import { type CallStream, callsByOffer } from './demand.ts';
import {
  CIRCUIT_READS_PER_SECOND,
  DELIVERY_WRITES_PER_SECOND,
  jobWrites,
  keyLooks,
  LEASE_SECONDS,
  LEDGER_SHARDS,
} from './footprint.ts';
import type { LanePlan } from './plan-lane.ts';

/** One item, or one partition, that all write or read. In DynamoDB's units a second. */
export type HotSpot = { name: string; writes: number; reads: number; shards: number };

/** A shard is planned to be full by so much at most: jobs never come evenly. */
const MOST_FULL = 0.7;

/** Of the limit of its fullest side. Above 1, DynamoDB throttles. */
export const fullness = ({ writes, reads, shards }: HotSpot): number =>
  Math.max(writes / awsLimits.partitionWrites.value, reads / awsLimits.partitionReads.value) / shards;

export const shardsNeeded = (spot: HotSpot): number =>
  Math.max(spot.shards, Math.ceil((fullness(spot) * spot.shards) / MOST_FULL));

/** Where a growing fleet meets itself. What is found by a job's, a creator's or an answer's hash spreads by itself. */
export const hotSpots = (
  ask: Ask,
  lanes: readonly LanePlan[],
  streams: readonly CallStream[],
): readonly HotSpot[] => {
  const environments = sum(lanes.map(({ busyInvocations }) => busyInvocations));
  return [
    { name: 'circuits (fleet table)', writes: 0, reads: environments * CIRCUIT_READS_PER_SECOND, shards: 1 },
    ...callsByOffer(streams).flatMap(({ offer, callsPerSecond }) => {
      const name = `${offer.provider}/${offer.modelId}`;
      return [
        quotaRow(ask, `quota of ${name} (fleet table)`, offer, callsPerSecond, environments),
        {
          name: `latencies of ${name} (fleet table)`,
          writes: callsPerSecond / CALLS_PER_WRITE,
          reads: 0,
          shards: 1,
        },
      ];
    }),
    ...lanes.map(({ lane, busyInvocations }) => ({
      name: `age of lane ${lane} (fleet table)`,
      writes: busyInvocations * DELIVERY_WRITES_PER_SECOND,
      reads: 0,
      shards: 1,
    })),
    {
      name: "the hour's calls (ledger table)",
      writes: sum(streams.map(({ callsPerSecond }) => callsPerSecond)) * jobWrites.ledger,
      reads: 0,
      shards: LEDGER_SHARDS,
    },
    {
      name: "the largest tenant's jobs (index of the jobs table)",
      writes: ask.jobsPerSecond * ask.largestTenantShare * tenantIndexWrites(ask),
      reads: 0,
      shards: 1,
    },
    {
      name: "the largest tenant's key (keys table)",
      writes: 0,
      reads: ask.jobsPerSecond * ask.largestTenantShare * keyLooks(ask.httpShare),
      shards: 1,
    },
  ];
};

export const tenantIndexWrites = ({ httpShare }: Ask): number =>
  jobWrites.tenantIndex + httpShare * jobWrites.tenantIndexOverHttp;

/** A block serves as many jobs as it holds, or as the environment starts before the lease is over. */
const quotaRow = (
  { config }: Ask,
  name: string,
  { provider, modelId }: CallStream['offer'],
  callsPerSecond: number,
  environments: number,
): HotSpot => {
  const quota = config.quotas.find((it) => it.provider === provider && it.modelId === modelId);
  if (quota === undefined) return { name, writes: 0, reads: 0, shards: 1 };
  // the quota must be raised to what is asked before it can be written so often
  const requestsPerMinute = Math.max(quota.requestsPerMinute, Math.ceil(callsPerSecond * 60));
  const ofLease = (callsPerSecond / Math.max(1, environments)) * LEASE_SECONDS;
  const perBlock = Math.max(1, Math.min(blockRequests({ ...quota, requestsPerMinute }), ofLease));
  const blocks = callsPerSecond / perBlock;
  return { name, writes: blocks, reads: blocks / 2, shards: 1 };
};
