import type { Quota } from '../pipeline/fleet/quota.ts';
import { sum } from '../sum.ts';
import type { Ask } from './ask.ts';
import { type AwsLimit, awsLimits } from './aws-limits.ts';
import type { Calibration } from './calibration.ts';
import { type CallStream, callsByOffer } from './demand.ts';
import {
  API_REQUESTS_PER_JOB,
  FOLDED_SECONDS,
  fold,
  jobWrites,
  KEYS_OF_A_JOB,
  keyLooks,
  MB_PER_CORE,
} from './footprint.ts';
import { fullness, type HotSpot, hotSpots, shardsNeeded, tenantIndexWrites } from './hot-spots.ts';
import type { LanePlan } from './plan-lane.ts';
import { MOST_BUSY } from './staff-lane.ts';

/** Whose limit it is: a knob of ours, the code's, AWS's or a provider's. */
export type LimitKind = 'knob' | 'code' | 'aws' | 'provider';

/** Something that there is only so much of. `change`: what to do when it does not suffice. */
export type Limit = {
  kind: LimitKind;
  name: string;
  used: number;
  limit: number;
  unit: string;
  change: string;
  source?: string;
  /** The load at which all is used, as a share of what is asked for. Absent: as if what is used grew with the load. */
  metAtShare?: number;
};

/** 1: all is used. */
export const usedShare = ({ used, limit }: Limit): number => used / limit;

/** What is to be changed before it is met: jobs never come evenly. */
export const WARN_SHARE = 0.7;

/** All that may stand in the way, the fullest first. */
export const limitsOf = (
  ask: Ask,
  lanes: readonly LanePlan[],
  streams: readonly CallStream[],
  calibration: Calibration,
): readonly Limit[] =>
  [
    ...lanes.flatMap((lane) => laneLimits(lane)),
    concurrencyLimit(lanes),
    ...quotaLimits(ask, streams),
    ...tableLimits(ask),
    ...hotSpots(ask, lanes, streams).map(spotLimit),
    ...foldLimits(streams, calibration),
    aws('events of ends', ask.jobsPerSecond, awsLimits.topicPublishes, 'ask AWS for more'),
    ...apiLimits(ask),
  ].toSorted((one, other) => usedShare(other) - usedShare(one));

const aws = (name: string, used: number, { value, unit, source }: AwsLimit, change: string): Limit => ({
  kind: 'aws',
  name,
  used,
  limit: value,
  unit,
  change,
  source,
});

/** A lane has two places at least, whatever comes: what is busy grows with the load, what is needed does not. */
const placesMetAtShare = (most: number, busyInvocations: number): number =>
  (most * MOST_BUSY) / busyInvocations;

const laneLimits = ({
  lane,
  jobsPerSecond,
  configured,
  needed,
  waitGoalMs,
  fromIdleMs,
  growthMetAt,
  busyInvocations,
  mostInFlight,
}: LanePlan): Limit[] => [
  {
    kind: 'knob',
    name: `lane ${lane}: concurrency`,
    used: needed.concurrency,
    limit: configured.concurrency,
    unit: 'invocations at a time',
    metAtShare: configured.enoughFor / jobsPerSecond,
    change: `lanes.${lane}.concurrency ${configured.concurrency} -> ${needed.concurrency} (lib/config.ts)`,
  },
  {
    ...aws(
      `lane ${lane}: invocations of its mapping`,
      needed.concurrency,
      awsLimits.mappingConcurrency,
      `split lane ${lane} into ${needed.queues} queues with a mapping each, or raise its batch size and parallelism`,
    ),
    metAtShare: placesMetAtShare(awsLimits.mappingConcurrency.value, busyInvocations),
  },
  {
    ...aws(
      `lane ${lane}: growth of its mapping from idle`,
      Math.max(0, fromIdleMs - needed.p99Ms) / 1_000,
      awsLimits.mappingGrowth,
      '',
    ),
    limit: waitGoalMs / 1_000,
    unit: 's that growing adds to the p99 wait, of the goal',
    metAtShare: growthMetAt / jobsPerSecond,
    change: `more queues for lane ${lane} grow faster (each 300 a minute), or keep it busy`,
  },
  aws(
    `lane ${lane}: messages in flight`,
    mostInFlight,
    awsLimits.queueInFlight,
    `split lane ${lane} into ${Math.ceil(mostInFlight / awsLimits.queueInFlight.value / WARN_SHARE)} queues`,
  ),
];

const concurrencyLimit = (lanes: readonly LanePlan[]): Limit => {
  const reserved = sum(lanes.map(({ needed }) => needed.concurrency));
  const { lambdaConcurrency, lambdaUnreserved } = awsLimits;
  const most = lambdaConcurrency.value - lambdaUnreserved.value;
  return {
    ...aws('Lambda concurrency of the account', reserved, lambdaConcurrency, ''),
    limit: most,
    metAtShare: placesMetAtShare(most, sum(lanes.map(({ busyInvocations }) => busyInvocations))),
    change: `ask AWS for ${reserved + lambdaUnreserved.value} concurrent executions`,
  };
};

const quotaLimits = ({ config, inputTokens, outputTokens }: Ask, streams: readonly CallStream[]): Limit[] =>
  callsByOffer(streams).flatMap(({ model, offer, callsPerSecond }) => {
    const isOf = (it: Quota) => it.provider === offer.provider && it.modelId === offer.modelId;
    const quota = config.quotas.find(isOf);
    if (quota === undefined) return [];
    const name = `${offer.provider}/${offer.modelId}`;
    const requests = callsPerSecond * 60;
    const tokens = requests * (inputTokens + outputTokens[model]);
    const change = (asked: number) =>
      `buy ${ceil2(asked / WARN_SHARE)} a minute of ${name} and set quotas to it, or spread its jobs over providers`;
    return [
      provider(`${name}: requests`, requests, quota.requestsPerMinute, 'requests a minute', change(requests)),
      provider(`${name}: tokens`, tokens, quota.tokensPerMinute, 'tokens a minute', change(tokens)),
    ];
  });

const provider = (name: string, used: number, limit: number, unit: string, change: string): Limit => ({
  kind: 'provider',
  name,
  used,
  limit,
  unit,
  change,
});

/** Two digits, rounded up: nobody orders 4,387,201 tokens. */
const ceil2 = (value: number): string => {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
  return (Math.ceil(value / step) * step).toLocaleString('en-US');
};

const tableLimits = (ask: Ask): Limit[] => {
  const { jobsPerSecond, httpShare } = ask;
  const { tableWrites, newTableWrites, tableReads, newTableReads } = awsLimits;
  const writes = (name: string, perJob: number) =>
    tableLimit(`${name}: writes`, jobsPerSecond * perJob, [tableWrites, newTableWrites], 'write');
  const keyReads = jobsPerSecond * KEYS_OF_A_JOB * keyLooks(httpShare);
  return [
    ...writes('jobs table', jobWrites.jobs + httpShare * jobWrites.jobsOverHttp),
    ...writes('index of tenants, jobs table', tenantIndexWrites(ask)),
    ...writes('index of answers, jobs table', jobWrites.answersIndex),
    ...writes('fleet table', jobWrites.userStarts),
    ...writes('ledger table', jobWrites.ledger),
    ...tableLimit('keys table: reads', keyReads, [tableReads, newTableReads], 'read'),
  ];
};

const tableLimit = (
  name: string,
  perSecond: number,
  [quota, whileNew]: readonly [AwsLimit, AwsLimit],
  kind: 'write' | 'read',
): Limit[] => [
  aws(name, perSecond, quota, 'ask AWS for a higher quota of the table'),
  aws(
    `${name} while it is new`,
    perSecond,
    whileNew,
    `warm it up to ${ceil2(perSecond / WARN_SHARE)} ${kind} units a second (warmThroughput)`,
  ),
];

const spotLimit = (spot: HotSpot): Limit => ({
  kind: 'code',
  name: spot.name,
  used: fullness(spot),
  limit: 1,
  unit: `of ${spot.shards === 1 ? 'one partition' : `${spot.shards} partitions`}: ${Math.ceil(spot.writes)} writes and ${Math.ceil(spot.reads)} reads a second`,
  change: `spread it over ${shardsNeeded(spot)} shards (${spot.shards} now)`,
  source: awsLimits.partitionWrites.source,
});

const foldLimits = (streams: readonly CallStream[], calibration: Calibration): Limit[] => {
  const entries = sum(streams.map(({ callsPerSecond }) => callsPerSecond)) * FOLDED_SECONDS;
  const megabytes = (entries * calibration.foldBytesPerEntry) / 1e6;
  const cores = Math.min(1, fold.memoryMb / MB_PER_CORE);
  const change =
    'have total-costs sum up page by page, an hour in parts of its shards; until then give it more memory';
  return [
    {
      kind: 'code',
      name: 'total-costs: entries of two hours in memory',
      used: megabytes,
      limit: fold.memoryMb,
      unit: 'MB',
      change,
    },
    {
      kind: 'code',
      name: 'total-costs: CPU of a fold',
      used: (entries * calibration.foldMicrosPerEntry) / 1e6 / cores,
      limit: fold.timeoutSeconds,
      unit: 's',
      change,
    },
  ];
};

const apiLimits = ({ jobsPerSecond, httpShare, largestTenantShare, config }: Ask): Limit[] => {
  const requests = jobsPerSecond * httpShare * API_REQUESTS_PER_JOB;
  const submits = jobsPerSecond * httpShare * largestTenantShare * 60;
  const knob = (name: string, used: number, limit: number, unit: string, key: string): Limit => ({
    kind: 'knob',
    name,
    used,
    limit,
    unit,
    change: `${key} ${limit} -> ${ceil2(used / WARN_SHARE)} (lib/config.ts), or send to SQS or in batches`,
  });
  return [
    knob('HTTP API: requests', requests, config.api.requestsPerSecond, 'a second', 'api.requestsPerSecond'),
    knob(
      'HTTP API: submits of the largest tenant',
      submits,
      config.api.submitsPerMinute,
      'a minute',
      'api.submitsPerMinute',
    ),
    aws('API Gateway of the account', requests, awsLimits.apiRequests, 'ask AWS for more, or send to SQS'),
  ];
};
