import { costOf } from '../pipeline/money/price.ts';
import { sum } from '../sum.ts';
import type { Ask } from './ask.ts';
import { awsPrices } from './aws-prices.ts';
import type { Calibration } from './calibration.ts';
import type { CallStream } from './demand.ts';
import {
  API_REQUESTS_PER_JOB,
  CIRCUIT_READS_PER_SECOND,
  DELIVERY_WRITES_PER_SECOND,
  FOLDED_SECONDS,
  jobWrites,
  KEYS_OF_A_JOB,
  keyLooks,
  queueRequests,
  standingUsdPerMonth,
} from './footprint.ts';
import { hotSpots, tenantIndexWrites } from './hot-spots.ts';
import type { LanePlan } from './plan-lane.ts';

/** Dollars a month. */
export type CostLine = { name: string; usd: number };
export type MonthlyCost = { tokens: readonly CostLine[]; aws: readonly CostLine[] };

const DAY_SECONDS = 86_400;
/** The twelfth part of a year. */
export const MONTH_SECONDS = (365.25 / 12) * DAY_SECONDS;
const FOLDS_PER_SECOND = 1 / 300;
/** An eventually consistent read of 4 KB is half a unit. */
const BYTES_PER_READ_UNIT = 8_192;
/** As if every write unit that is kept were full. */
const KEPT_KB = { job: 2, ledger: 1 } as const;

export const monthlyCost = (
  ask: Ask,
  lanes: readonly LanePlan[],
  streams: readonly CallStream[],
  calibration: Calibration,
): MonthlyCost => ({
  tokens: tokenLines(ask, streams),
  aws: [
    ...lambdaLines(ask, lanes),
    { name: 'SQS', usd: month(queueRequestsPerSecond(ask, lanes) * awsPrices.queueRequest.usd) },
    ...tableLines(ask, lanes, streams),
    { name: 'SNS', usd: month(ask.jobsPerSecond * awsPrices.topicPublish.usd) },
    {
      name: 'API Gateway',
      usd: month(ask.jobsPerSecond * ask.httpShare * API_REQUESTS_PER_JOB * awsPrices.apiRequest.usd),
    },
    {
      name: 'logs of the workers',
      usd: month(((ask.jobsPerSecond * calibration.logBytesPerJob) / 1e9) * awsPrices.logGb.usd),
    },
    { name: 'alarms, dashboard, keys, metrics', usd: sum(Object.values(standingUsdPerMonth)) },
  ],
});

export const totalUsd = (lines: readonly CostLine[]): number => sum(lines.map(({ usd }) => usd));

const month = (usdPerSecond: number): number => usdPerSecond * MONTH_SECONDS;

/** At the tier of the lane, and as if nothing came from a prompt cache or an answer's. */
const tokenLines = (
  { inputTokens, outputTokens, nowMs }: Ask,
  streams: readonly CallStream[],
): CostLine[] => {
  const none = { cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  const ofModel = Map.groupBy(streams, ({ model }) => model);
  return [...ofModel].map(([model, own]) => ({
    name: model,
    usd: sum(
      own.map(({ offer, tier, callsPerSecond }) => {
        const usage = { inputTokens, outputTokens: outputTokens[model], ...none };
        return month((callsPerSecond * costOf(offer.prices, usage, tier, nowMs).microUsd) / 1e6);
      }),
    ),
  }));
};

const lambdaLines = ({ config }: Ask, lanes: readonly LanePlan[]): CostLine[] => {
  const gb = config.worker.memoryMb / 1_024;
  const busy = sum(lanes.map(({ busyInvocations }) => busyInvocations));
  const invocations = sum(lanes.map(({ invocationsPerSecond }) => invocationsPerSecond));
  return [
    { name: 'Lambda: time of the workers', usd: month(busy * gb * awsPrices.lambdaGbSecond.usd) },
    { name: 'Lambda: invocations of the workers', usd: month(invocations * awsPrices.lambdaRequest.usd) },
  ];
};

const queueRequestsPerSecond = ({ jobsPerSecond }: Ask, lanes: readonly LanePlan[]): number =>
  jobsPerSecond * queueRequests.perJob +
  sum(lanes.map(({ invocationsPerSecond }) => invocationsPerSecond)) * queueRequests.perBatch;

const tableLines = (ask: Ask, lanes: readonly LanePlan[], streams: readonly CallStream[]): CostLine[] => {
  const { jobsPerSecond, httpShare, config } = ask;
  const busy = sum(lanes.map(({ busyInvocations }) => busyInvocations));
  const calls = sum(streams.map(({ callsPerSecond }) => callsPerSecond));
  const quotas = hotSpots(ask, lanes, streams).filter(({ name }) => name.startsWith('quota'));
  const writesPerJob =
    jobWrites.jobs + httpShare * jobWrites.jobsOverHttp + jobWrites.answersIndex + jobWrites.userStarts;
  const writes =
    jobsPerSecond * (writesPerJob + tenantIndexWrites(ask)) +
    calls * jobWrites.ledger +
    busy * DELIVERY_WRITES_PER_SECOND +
    sum(quotas.map((spot) => spot.writes));
  const folds = (calls * FOLDED_SECONDS * KEPT_KB.ledger * 1_024 * FOLDS_PER_SECOND) / BYTES_PER_READ_UNIT;
  const reads = busy * CIRCUIT_READS_PER_SECOND + sum(quotas.map((spot) => spot.reads));
  const keptGb =
    (jobsPerSecond * KEPT_KB.job * config.jobRetentionDays * DAY_SECONDS +
      calls * KEPT_KB.ledger * config.ledgerRetentionDays * DAY_SECONDS) /
    1024 ** 2;
  return [
    { name: 'DynamoDB: writes', usd: month(writes * awsPrices.tableWrite.usd) },
    { name: 'DynamoDB: reads of the workers', usd: month(reads * awsPrices.tableRead.usd) },
    {
      name: 'DynamoDB: reads of keys',
      usd: month(jobsPerSecond * KEYS_OF_A_JOB * keyLooks(httpShare) * awsPrices.tableRead.usd),
    },
    { name: 'DynamoDB: reads of the folds', usd: month(folds * awsPrices.tableRead.usd) },
    { name: 'DynamoDB: what is kept, once retention is reached', usd: keptGb * awsPrices.tableGbMonth.usd },
  ];
};
