import { MAX_PATIENCE_MS, MAX_TIMEOUT_MS } from '../job/job-message.ts';
import { type Catalogue, LAST_RUNGS_MS, longestTimeoutMs } from '../model/catalogue.ts';
import { type ModelName, modelNames, type ServiceTier } from '../model/model.ts';

/** The numbers of one lane that must fit together. Seconds, as AWS counts them, unless the name says otherwise. */
export type LaneTimes = {
  name: string;
  /** Some tiers have longer timeouts. */
  tier: ServiceTier;
  functionTimeoutSeconds: number;
  reserveMs: number;
  visibilitySeconds: number;
  batchingWindowSeconds: number;
  retentionSeconds: number;
  deadLetterRetentionSeconds: number;
  jobRetentionSeconds: number;
  /** `undefined`: the function draws on the account's unreserved concurrency. */
  reservedConcurrency: number | undefined;
  mappingConcurrency: number;
  batchSize: number;
  parallelism: number;
  patienceSeconds: number;
  maxReceives: number;
};

/** The longest that a message is sent back for at a time, unless a provider or a lease asks for longer. In seconds. */
export const LONGEST_DELAY_SECONDS = 300;

/** A quiet mapping may gather a batch for 20 s even when its window is shorter (Lambda guide, "Using Lambda with SQS"). */
const QUIET_QUEUE_SECONDS = 20;

/** ChangeMessageVisibilityBatch takes ten entries. */
const MAX_BATCH = 10;

/** Delays double from one second, and jitter halves them on average: 300 s are reached with the ninth. */
const RECEIVES_TO_LONGEST_DELAY = 10;

/** Less than this, and a message comes back while it is still being worked on: visibility starts when it is received. */
export const leastVisibilitySeconds = (
  lane: Pick<LaneTimes, 'batchingWindowSeconds' | 'functionTimeoutSeconds'>,
) => lane.batchingWindowSeconds + QUIET_QUEUE_SECONDS + lane.functionTimeoutSeconds;

/** The longest that one job of a lane may keep a worker: its model, then every fallback, each at its longest. In ms. */
export const longestChainMs = (catalogue: Catalogue, model: ModelName, tier: ServiceTier): number => {
  const first = Math.max(longestTimeoutMs(catalogue[model], tier), MAX_TIMEOUT_MS);
  const rest = catalogue[model].fallbacks.map((name) => longestTimeoutMs(catalogue[name], tier));
  return first + rest.reduce((sum, timeoutMs) => sum + timeoutMs, 0) + LAST_RUNGS_MS;
};

/** Every way in which a lane's numbers contradict each other, as sentences. Empty: the lattice holds. */
export const latticeProblems = (lane: LaneTimes, catalogue: Catalogue): string[] =>
  [
    ...chainProblems(lane, catalogue),
    patienceProblem(lane, catalogue),
    visibilityProblem(lane),
    concurrencyProblem(lane),
    deadLetterProblem(lane),
    jobRetentionProblem(lane),
    parallelismProblem(lane),
    batchProblem(lane),
    receivesProblem(lane),
  ].filter((problem) => problem !== undefined);

const chainProblems = (lane: LaneTimes, catalogue: Catalogue): string[] => {
  const roomMs = lane.functionTimeoutSeconds * 1000 - lane.reserveMs;
  return modelNames
    .map((model) => ({ model, chainMs: longestChainMs(catalogue, model, lane.tier) }))
    .filter(({ chainMs }) => chainMs > roomMs)
    .map(
      ({ model, chainMs }) =>
        `Lane ${lane.name}: the chain of ${model} may take ${chainMs} ms, but a function timeout of ` +
        `${lane.functionTimeoutSeconds} s less a reserve of ${lane.reserveMs} ms leaves ${roomMs} ms: ` +
        'Lambda would cut off a call that is paid for.',
    );
};

const patienceProblem = (lane: LaneTimes, catalogue: Catalogue): string | undefined => {
  const longestMs = Math.max(...modelNames.map((model) => longestChainMs(catalogue, model, lane.tier)));
  if (lane.patienceSeconds * 1000 >= longestMs) return undefined;
  return (
    `Lane ${lane.name}: a patience of ${lane.patienceSeconds} s is shorter than the longest chain of ${longestMs} ms: ` +
    'a job that waits for nothing could still expire.'
  );
};

const visibilityProblem = (lane: LaneTimes): string | undefined => {
  const needed = leastVisibilitySeconds(lane);
  if (lane.visibilitySeconds > needed) return undefined;
  return (
    `Lane ${lane.name}: a visibility timeout of ${lane.visibilitySeconds} s must exceed the batching window of ` +
    `${lane.batchingWindowSeconds} s + ${QUIET_QUEUE_SECONDS} s + the function timeout of ` +
    `${lane.functionTimeoutSeconds} s = ${needed} s: else a message comes back while it is still being worked on.`
  );
};

const concurrencyProblem = (lane: LaneTimes): string | undefined => {
  if (lane.reservedConcurrency === undefined || lane.reservedConcurrency >= lane.mappingConcurrency)
    return undefined;
  return (
    `Lane ${lane.name}: a reserved concurrency of ${lane.reservedConcurrency} is below the mapping's concurrency of ` +
    `${lane.mappingConcurrency}: the difference would be throttled into the dead-letter queue without a log line.`
  );
};

const deadLetterProblem = (lane: LaneTimes): string | undefined => {
  if (lane.deadLetterRetentionSeconds > lane.retentionSeconds) return undefined;
  return (
    `Lane ${lane.name}: a dead-letter retention of ${lane.deadLetterRetentionSeconds} s must exceed the lane's ` +
    `retention of ${lane.retentionSeconds} s: SQS counts from the first enqueueing, so a message would vanish unseen.`
  );
};

const jobRetentionProblem = (lane: LaneTimes): string | undefined => {
  if (lane.jobRetentionSeconds > lane.retentionSeconds) return undefined;
  return (
    `Lane ${lane.name}: jobs are kept for ${lane.jobRetentionSeconds} s, which must exceed the lane's retention of ` +
    `${lane.retentionSeconds} s: else a late duplicate would find no trace of its job and run it again.`
  );
};

const parallelismProblem = (lane: LaneTimes): string | undefined => {
  if (lane.parallelism >= 1 && lane.parallelism <= lane.batchSize) return undefined;
  return (
    `Lane ${lane.name}: a parallelism of ${lane.parallelism} in a batch of ${lane.batchSize} is impossible: ` +
    'it must lie between 1 and the batch size.'
  );
};

const batchProblem = (lane: LaneTimes): string | undefined => {
  if (lane.batchSize <= MAX_BATCH) return undefined;
  return (
    `Lane ${lane.name}: a batch of ${lane.batchSize} is more than the ${MAX_BATCH} messages that SQS lets a worker ` +
    'send back in one call.'
  );
};

/** Relay sends messages back while a provider throttles or DynamoDB is down; that must not look like poison to SQS. */
const receivesProblem = (lane: LaneTimes): string | undefined => {
  const longestSeconds = Math.max(lane.patienceSeconds, MAX_PATIENCE_MS / 1000);
  const needed = 2 * Math.ceil(longestSeconds / LONGEST_DELAY_SECONDS) + RECEIVES_TO_LONGEST_DELAY;
  if (lane.maxReceives >= needed) return undefined;
  return (
    `Lane ${lane.name}: ${lane.maxReceives} receives do not last for a job of ${longestSeconds} s with ` +
    `delays of up to ${LONGEST_DELAY_SECONDS} s, which may take ${needed}: healthy jobs would end as dead letters.`
  );
};
