/**
 * What a healthy job of one call costs of each service, as "What a job costs on AWS" in docs/architecture.md counts it. In
 * DynamoDB's units.
 */
export const jobWrites = {
  /** Claim, and an ending of a row of up to 2 KB. */
  jobs: 1 + 2,
  /** Over HTTP the row is there before the claim. */
  jobsOverHttp: 1,
  answersIndex: 1,
  /** With the claim and with the ending, under the tenant's key; over HTTP also with the submit. */
  tenantIndex: 2,
  tenantIndexOverHttp: 1,
  userStarts: 1,
  ledger: 1,
} as const;

/**
 * Of the keys' table: a creator, a person that the job is about, and the tenant, read anew with each run and each look at an
 * end, and with each submit, as if no environment of the API had met them.
 */
export const KEYS_OF_A_JOB = 3;

/** How often a job's keys are read. */
export const keyLooks = (httpShare: number): number => 1 + httpShare * API_REQUESTS_PER_JOB;

/** Of each environment that has calls to make: a look at the circuits every half second, at half a unit. */
export const CIRCUIT_READS_PER_SECOND = 1;

/** Of each environment: how old what it is given is, once a minute. */
export const DELIVERY_WRITES_PER_SECOND = 1 / 60;

/** A block of quota ends with the minute after the one that it was taken in: after 90 s on average. */
export const LEASE_SECONDS = 90;

/** Partitions that entries of an hour are spread over (`SHARDS` in lib/pipeline/money/ledger.ts). */
export const LEDGER_SHARDS = 8;

/** `total-costs` looks at the running hour and the one before, and holds all of their entries. */
export const FOLDED_SECONDS = 7_200;

/** Of the function `total-costs` (lib/stacks/accounting-stack.ts). */
export const fold = { memoryMb: 512, timeoutSeconds: 120 } as const;

/** Lambda gives a function a whole core at so much memory (docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). */
export const MB_PER_CORE = 1_769;

/** Requests to SQS of a job and of a batch: the send; receive and delete. Webhooks' events come and go in tens. */
export const queueRequests = { perJob: 1 + 2 / 10, perBatch: 2 } as const;

/** Of a job that comes over HTTP: the submit, and one look at its end. */
export const API_REQUESTS_PER_JOB = 2;

/** A stage without a job, and its metrics in use, in dollars a month: as lib/deploy/monthly-cost.ts counts them. */
export const standingUsdPerMonth = { idle: 25.01, metrics: 119 * 0.3 } as const;
