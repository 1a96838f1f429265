import { type StageConfig, usedProviders } from '../config.ts';
import { laneNames } from '../pipeline/job/lane.ts';
import { doorMetric, metric } from '../pipeline/metric.ts';
import { defaultCatalogue } from '../pipeline/model/default-catalogue.ts';
import { atEndpoints } from '../pipeline/model/regional-prices.ts';
import { AWS_PRICES } from './prices.ts';
import type { Template } from './template.ts';
import { jobsPerMonth, tokensUsdPerJob } from './traffic.ts';

/** A month at one traffic, in US dollars. Tokens go to providers, the rest to AWS. */
export type MonthlyCost = { jobs: number; infrastructureUsd: number; tokensUsd: number };

/** A mapping that has a maximum concurrency polls with five long polls of 20 s. */
const POLLS_PER_MONTH = (5 * 30 * 86_400) / 20;

/** Writes of a job that its first model answers, its rows being of 1 to 2 KB (docs/architecture.md, "What a job costs on AWS"). */
export const WRITES_PER_JOB = 6;
/** Circuits, quota, latencies; a sleepy environment reads them for each job. */
const READS_PER_JOB = 2;
/** Send, receive and delete in the lane, receive and delete of its event; none shares a batch. */
const SQS_REQUESTS_PER_JOB = 5;
/** One to submit and one to read the answer. */
const API_REQUESTS_PER_JOB = 2;
/** An answer of the API without its models; `npm run bench -- --only api` takes less. In seconds. */
const API_SECONDS = 0.1;
/** What workers print of a job: 234,992 bytes for the 240 jobs of the sample, on 2026-11-26. */
const LOG_BYTES_PER_JOB = 1_000;

/** All metrics of ours that can be sent. */
export const metricCount = Object.keys(metric).length * laneNames.length + Object.keys(doorMetric).length;

/** Metrics that are sent whether there are jobs or not. */
export const clockMetrics = [doorMetric.heartbeat, doorMetric.modelShutdownDays, doorMetric.auditFaults];

/** A stage with jobs, month by month, at three levels of traffic. */
export const monthlyCosts = (
  config: StageConfig,
  templates: readonly Template[],
  nowMs: number,
): MonthlyCost[] => {
  const catalogue = atEndpoints(defaultCatalogue, config.providers);
  const tokens = tokensUsdPerJob(catalogue, usedProviders(config), nowMs);
  const metricsInUse = (metricCount - clockMetrics.length) * AWS_PRICES.metricPerMonth;
  const fixed = idleUsd(templates) + metricsInUse;
  return jobsPerMonth.map((jobs) => ({
    jobs,
    infrastructureUsd: fixed + jobs * jobUsd(config),
    tokensUsd: jobs * tokens,
  }));
};

/** A month of a stage without a job, in US dollars. What schedules run is cents, and left out. */
export const idleUsd = (templates: readonly Template[]): number => {
  const count = (type: string) => resourcesOf(templates, type).length;
  const polling =
    (count('AWS::Lambda::EventSourceMapping') * POLLS_PER_MONTH * AWS_PRICES.sqsPerMillionRequests) / 1e6;
  return (
    watchingUsd(templates) +
    count('AWS::KMS::Key') * AWS_PRICES.keyPerMonth +
    count('AWS::SecretsManager::Secret') * AWS_PRICES.secretPerMonth +
    polling +
    clockMetrics.length * AWS_PRICES.metricPerMonth
  );
};

/** Alarms and dashboards: alarms are asked for by the metrics that they read. */
export const watchingUsd = (templates: readonly Template[]): number =>
  metricsRead(templates) * AWS_PRICES.alarmMetricPerMonth +
  resourcesOf(templates, 'AWS::CloudWatch::CompositeAlarm').length * AWS_PRICES.compositeAlarmPerMonth +
  resourcesOf(templates, 'AWS::CloudWatch::Dashboard').length * AWS_PRICES.dashboardPerMonth;

const resourcesOf = (templates: readonly Template[], type: string) =>
  templates.flatMap(({ Resources }) => Object.values(Resources).filter((resource) => resource.Type === type));

const metricsRead = (templates: readonly Template[]): number =>
  resourcesOf(templates, 'AWS::CloudWatch::Alarm').reduce((sum, { Properties }) => {
    const queries = Properties.Metrics;
    return sum + (Array.isArray(queries) ? queries.filter((query) => 'MetricStat' in query).length : 1);
  }, 0);

/** A job that comes and is read over HTTP, and shares no invocation with another: an upper bound. In US dollars. */
const jobUsd = ({ worker, api, typicalJobSeconds }: StageConfig): number => {
  const gbSeconds =
    (typicalJobSeconds * worker.memoryMb + API_REQUESTS_PER_JOB * API_SECONDS * api.memoryMb) / 1_024;
  const perMillion =
    (1 + API_REQUESTS_PER_JOB) * AWS_PRICES.lambdaPerMillionRequests +
    WRITES_PER_JOB * AWS_PRICES.dynamoDbPerMillionWrites +
    READS_PER_JOB * AWS_PRICES.dynamoDbPerMillionReads +
    SQS_REQUESTS_PER_JOB * AWS_PRICES.sqsPerMillionRequests +
    AWS_PRICES.snsPerMillionMessages +
    API_REQUESTS_PER_JOB * AWS_PRICES.httpApiPerMillionRequests;
  return (
    gbSeconds * AWS_PRICES.lambdaPerGbSecondArm +
    perMillion / 1e6 +
    (LOG_BYTES_PER_JOB / 1e9) * AWS_PRICES.logsPerGb
  );
};
