import { join } from 'node:path';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { type LocalCloud, startCloud } from '../local/cloud/cloud.ts';
import { startModelServer } from '../local/model-server/model-server.ts';
import { PROVIDER_KEYS } from '../local/secret-names.ts';
import { synthesize } from '../local/synthesize.ts';
import type { JobMessageInput } from '../pipeline/job/job-message.ts';
import { type LaneName, laneNames } from '../pipeline/job/lane.ts';
import { benchJobs, fillLanes, firstJobs, OUTSIDE_CALLER } from './dispatch-load.ts';
import { createEndedJobs, type EndedJobs } from './ended-jobs.ts';
import type { BenchContext, Figure, Measure } from './measure.ts';
import { createRequestTally, type RequestTally } from './request-tally.ts';
import { type Throughput, throughput } from './throughput.ts';

/** Each about another fan. */
const JOBS_PER_LANE = 1_000;
const JOBS = JOBS_PER_LANE * laneNames.length;
const REPORT_EVERY_JOBS = 1_000;
/** What a provider sells its largest customers: limits are counted, and none is met. */
const quotas = JSON.stringify([
  { provider: 'openai', modelId: 'gpt-5-nano', requestsPerMinute: 100_000, tokensPerMinute: 100_000_000 },
]);
/** Longer than any wait of ours; what a crashed worker held comes back later, and then the figures are worthless. */
const STALL_MS = 30_000;

/** `maxRSS` is in KB. */
const KB_PER_MB = 1_024;

const MIN_JOBS_PER_SECOND = 150;
/**
 * Claim, keys of its persons, start of the user, ending, and once per batch the ledger and the news; the rest are the
 * records that the fleet shares, read by time and not by job (decisions 0009, 0013 and 0032).
 */
const MAX_CALLS_PER_JOB = { 'batch of 1': 6.5, 'batch of 10': 4.6 };

/**
 * Works off full lanes with models that answer at once, so that what is left is our own cost: first a job about every
 * person, as on a product's first day, when all need keys; then what is measured, when all are known.
 */
export const measureDispatch = async (context: BenchContext): Promise<Measure> => {
  context.say('dispatch: starting the local cloud ...');
  const now = () => performance.now();
  const [tally, ended] = [createRequestTally(now), createEndedJobs(now)];
  await using opened = new AsyncDisposableStack();
  const cloud = await startRig(opened, context, tally, ended);
  const round = { context, cloud, tally, ended };
  const first = await workOff(round, firstJobs(JOBS_PER_LANE));
  const known = await workOff(round, benchJobs(JOBS_PER_LANE));
  await requireSucceeded(cloud, JOBS_PER_LANE + JOBS);
  return { name: 'dispatch', figures: figuresOf(tally, first, known) };
};

const startRig = async (
  opened: AsyncDisposableStack,
  { projectDir, workDir }: BenchContext,
  { onRequest }: RequestTally,
  { onLine }: EndedJobs,
): Promise<LocalCloud> => {
  const models = await startModelServer({ host: '127.0.0.1', port: 0, seed: 1, profile: 'instant' });
  opened.defer(() => models.stop());
  const assemblyDir = join(workDir, 'cdk.out');
  await synthesize(projectDir, assemblyDir, { openai: `${models.url}/v1` }, { quotas });
  const cloud = await startCloud({
    assemblyDir,
    ports: { aws: 0, dynamodb: 0 },
    secrets: { [PROVIDER_KEYS]: JSON.stringify({ openai: 'bench' }) },
    onFunctionOutput: ({ line }) => onLine(line),
    onRequest,
  });
  opened.defer(() => cloud.stop());
  return cloud;
};

type Round = { context: BenchContext; cloud: LocalCloud; tally: RequestTally; ended: EndedJobs };

/** CPU time in ms. `main` has the emulated services and the models, `workers` the functions and all helper threads. */
type Worked = { rate: Throughput; cpu: { main: number; workers: number } };

const workOff = async (
  { context: { say, signal }, cloud, tally, ended }: Round,
  jobs: readonly JobMessageInput[],
): Promise<Worked> => {
  say(`dispatch: filling the lanes with ${jobs.length} jobs ...`);
  const before = ended.atMs.length;
  tally.close();
  await fillLanes(cloud, jobs); // of which a few are received by calls that were under way
  const processBefore = process.cpuUsage();
  const mainBefore = process.threadCpuUsage();
  tally.open();
  for (let count = REPORT_EVERY_JOBS; count <= jobs.length; count += REPORT_EVERY_JOBS) {
    await ended.reach(before + count, STALL_MS, signal);
    say(`dispatch: ${count} of ${jobs.length} jobs`);
  }
  const main = milliseconds(process.threadCpuUsage(mainBefore));
  const workers = milliseconds(process.cpuUsage(processBefore)) - main;
  const startedAtMs = tally.firstReceiveAtMs();
  if (startedAtMs === undefined) throw new Error('no event source mapping asked for messages');
  return {
    rate: throughput(
      startedAtMs,
      ended.atMs.filter((atMs) => atMs > startedAtMs),
    ),
    cpu: { main, workers },
  };
};

const milliseconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000;

/** Figures of jobs that failed or were done twice would mean nothing. */
const requireSucceeded = async ({ endpoints }: LocalCloud, jobs: number): Promise<void> => {
  const client = new DynamoDBClient({ ...OUTSIDE_CALLER, endpoint: endpoints.dynamodb });
  try {
    let succeeded = 0;
    const pages = paginateScan(
      { client },
      {
        TableName: 'relay-local-jobs',
        Select: 'COUNT',
        FilterExpression: '#status = :succeeded',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':succeeded': { S: 'succeeded' } },
      },
    );
    for await (const { Count = 0 } of pages) succeeded += Count;
    if (succeeded !== jobs) throw new Error(`${succeeded} of ${jobs} jobs succeeded`);
  } finally {
    client.destroy();
  }
};

const figuresOf = (tally: RequestTally, first: Worked, { rate, cpu }: Worked): Figure[] => [
  {
    name: `all ${JOBS} jobs`,
    value: rate.wholeJobsPerSecond,
    unit: 'jobs/s',
    goal: { kind: 'at-least', limit: MIN_JOBS_PER_SECOND },
  },
  {
    name: `${JOBS_PER_LANE} before them, about persons who are new`,
    value: first.rate.wholeJobsPerSecond,
    unit: 'jobs/s',
  },
  { name: 'the last half of them', value: rate.lastHalfJobsPerSecond, unit: 'jobs/s' },
  { name: 'CPU of the process', value: (cpu.main + cpu.workers) / JOBS, unit: 'CPU ms/job' },
  { name: 'CPU of the main thread (emulators, models)', value: cpu.main / JOBS, unit: 'CPU ms/job' },
  { name: 'CPU of the other threads (functions)', value: cpu.workers / JOBS, unit: 'CPU ms/job' },
  callsPerJob(tally, 'critical', 'batch of 1'),
  callsPerJob(tally, 'low', 'batch of 10'),
  { name: 'peak memory', value: process.resourceUsage().maxRSS / KB_PER_MB, unit: 'MB' },
];

const callsPerJob = (tally: RequestTally, lane: LaneName, batch: keyof typeof MAX_CALLS_PER_JOB): Figure => {
  const calls = tally.callsOf(`relay-local-process-job-${lane}`);
  if (calls === 0) throw new Error(`no AWS call of the worker of lane ${lane} was seen`);
  return {
    name: `AWS calls, ${batch}`,
    value: calls / JOBS_PER_LANE,
    unit: 'calls/job',
    goal: { kind: 'at-most', limit: MAX_CALLS_PER_JOB[batch] },
  };
};
