import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type Claim,
  type ClaimRequest,
  decideClaim,
  decideRefusedWrite,
  decideStanding,
  isLate,
  type Standing,
  type Written,
} from '../pipeline/job/claim.ts';
import type { ReceivedJob } from '../pipeline/job/job.ts';
import type { EndRecord, JobStore, ReleaseRecord, Trail } from '../pipeline/ports.ts';
import { bounded } from './aws-client.ts';
import { findAnswer } from './find-answer.ts';
import {
  costOfAttempts,
  describeEnding,
  describeJob,
  keyOfJob,
  readClaimedJob,
  rowExpiry,
  rowValues,
} from './job-row.ts';
import { withRetries } from './retry.ts';

type Options = {
  client: DynamoDBClient;
  tableName: string;
  /** How long a job stays readable after its last write, in seconds. */
  retentionSeconds: number;
  /** How long a job's answer may be given again to the same words of the same creator, in ms. */
  answerFreshForMs: number;
  /** ms since 1970. */
  now(): number;
};

/**
 * Jobs in one DynamoDB table, keyed by jobId and tenantId, so that two tenants may use the same jobId and neither
 * overwrites the other's. Two writes per job: the claim, and the ending with result, attempts and cost in one item.
 */
export const createDynamoDbJobStore = (options: Options): JobStore => ({
  claim: (request) => claim(options, request),
  check: (job, claimId) => check(options, job, claimId),
  finish: (job, claimId, record, forMs) => finish(options, job, claimId, record, forMs),
  release: (job, claimId, record) => release(options, job, claimId, record),
  findAnswer: (answerKey, signal) => findAnswer(options, answerKey, signal),
});

/** Mirrors `decideClaim`: the rule is proven there, and the store's test holds this expression to it. */
const CLAIMABLE =
  'attribute_not_exists(jobId) OR #status = :queued OR (#status = :running AND #leaseUntilMs <= :now)';

/** By a message that is late. */
const CLAIMABLE_LATE = `(${CLAIMABLE}) AND NOT #deadlineAtMs > :now`;

/** Long enough to repeat a claim that timed out, which then recognises itself; one that fails costs nothing. In ms. */
const CLAIM_RETRY_MS = 3_000;

/** A look costs nothing, and the deadline does not wait for it. In ms. */
const CHECK_RETRY_MS = 1_000;

/** What a job's calls have cost would be lost; together with one last slow call this stays within the reserve. In ms. */
export const RELEASE_RETRY_MS = 5_000;

const STILL_MINE = '#status = :running AND #claimId = :claimId';

const claim = async (options: Options, request: ClaimRequest): Promise<Claim> => {
  const { job, claimId, nowMs, leaseUntilMs } = request;
  const terms = { claimId, nowMs, deadlineAtMs: job.deadlineAtMs };
  const { enqueuedAtMs, ...described } = describeJob(job); // of a job that the API has accepted, the earlier instant stays
  const written = await update(options, job, {
    set: {
      ...described,
      status: 'running',
      claimId,
      leaseUntilMs,
      expiresAt: rowExpiry(nowMs, options.retentionSeconds),
    },
    setOnce: { startedAtMs: nowMs, enqueuedAtMs },
    add: { runsCharged: 1 },
    trail: { attempts: [], skips: [] },
    condition: isLate(terms) ? CLAIMABLE_LATE : CLAIMABLE,
    values: { queued: 'queued', running: 'running', now: nowMs },
    returns: 'ALL_OLD',
    retryForMs: CLAIM_RETRY_MS,
  });
  return decideClaim(written.row, terms);
};

const check = async (
  { client, tableName }: Options,
  job: ReceivedJob,
  claimId: string,
): Promise<Standing> => {
  const command = new GetItemCommand({
    TableName: tableName,
    Key: keyOfJob({ jobId: job.jobId, tenantId: job.message.tenantId }),
    ConsistentRead: true,
    ProjectionExpression: '#status, claimId',
    ExpressionAttributeNames: { '#status': 'status' },
  });
  const { Item } = await withRetries(CHECK_RETRY_MS, () => client.send(command, bounded()));
  return decideStanding(rowOf(Item), claimId);
};

/** A message that comes after the erasure writes the row anew: what it says of persons must not stay. */
const ofPersons = ['subjectRefs', 'consentRef', 'metadata', 'sealedMetadata', 'correlationId'];
const NOBODY = 'erased';

const finish = (
  options: Options,
  job: ReceivedJob,
  claimId: string,
  record: EndRecord,
  forMs: number,
): Promise<Written> => {
  const { ending, endedAtMs, kept } = record;
  const isErased = ending.status === 'canceled';
  const set = {
    ...describeEnding(ending, kept),
    ...(isErased && { creatorId: NOBODY }),
    endedAtMs,
    expiresAt: rowExpiry(endedAtMs, options.retentionSeconds),
  };
  const remove = [...(kept.message === undefined ? ['message'] : []), ...(isErased ? ofPersons : [])];
  return writeUnderClaim(options, job, claimId, { set, remove, trail: record, add: {}, retryForMs: forMs });
};

const release = (
  options: Options,
  job: ReceivedJob,
  claimId: string,
  record: ReleaseRecord,
): Promise<Written> => {
  const add = record.billable ? {} : { runsCharged: -1 };
  const set = { status: 'queued' };
  return writeUnderClaim(options, job, claimId, { set, trail: record, add, retryForMs: RELEASE_RETRY_MS });
};

const writeUnderClaim = async (
  options: Options,
  job: ReceivedJob,
  claimId: string,
  change: Pick<Change, 'set' | 'remove' | 'trail' | 'add' | 'retryForMs'>,
): Promise<Written> => {
  const written = await update(options, job, {
    ...change,
    condition: STILL_MINE,
    values: { running: 'running', claimId },
    returns: 'NONE',
  });
  return written.kind === 'applied' ? 'written' : decideRefusedWrite(written.row, claimId);
};

type Change = {
  set: Record<string, unknown>;
  setOnce?: Record<string, unknown>;
  /** Attributes to take off. */
  remove?: readonly string[];
  /** Numbers to raise or lower. */
  add: Record<string, number>;
  /** What is appended to the row's own trail. */
  trail: Trail;
  condition: string;
  /** Values that only the condition needs, by placeholder. */
  values: Record<string, unknown>;
  returns: 'ALL_OLD' | 'NONE';
  retryForMs: number;
};

/** `row`: as it was before. */
type Updated = { kind: 'applied' | 'refused'; row: ReturnType<typeof readClaimedJob> | undefined };

/** Safe to repeat: a change that was applied before its reply was lost is refused the second time, and recognised. */
const update = async ({ client, tableName }: Options, job: ReceivedJob, change: Change): Promise<Updated> => {
  const command = new UpdateItemCommand({
    TableName: tableName,
    Key: keyOfJob({ jobId: job.jobId, tenantId: job.message.tenantId }),
    ...expressionsOf(change),
    ReturnValues: change.returns,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    const { Attributes } = await withRetries(change.retryForMs, () => client.send(command, bounded()));
    return { kind: 'applied', row: rowOf(Attributes) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { kind: 'refused', row: rowOf(error.Item) };
  }
};

const rowOf = (item: Record<string, AttributeValue> | undefined) => item && readClaimedJob(item);

const expressionsOf = ({ set, setOnce = {}, remove = [], add, trail, condition, values }: Change) => {
  const { attempts, skips } = trail;
  const lists = { attempts, ...(skips.length > 0 && { skips }) }; // most jobs skip nothing, and every byte is billed
  const adding = { ...add, costMicroUsd: costOfAttempts(attempts) };
  const clauses = [
    ...Object.keys(set).map((name) => `#${name} = :${name}`),
    ...Object.keys(setOnce).map((name) => `#${name} = if_not_exists(#${name}, :${name})`),
    ...Object.keys(lists).map((name) => `#${name} = list_append(if_not_exists(#${name}, :none), :${name})`),
  ];
  const additions = Object.keys(adding).map((name) => `#${name} :${name}`);
  const removal = remove.length === 0 ? '' : ` REMOVE ${remove.map((name) => `#${name}`).join(', ')}`;
  const written = { ...set, ...setOnce, ...adding, ...lists };
  const names = [
    ...Object.keys(written),
    ...remove,
    'status',
    ...(condition === STILL_MINE ? ['claimId'] : []),
  ];
  const placeholders = { ...written, ...values, none: [] };
  return {
    UpdateExpression: `SET ${clauses.join(', ')} ADD ${additions.join(', ')}${removal}`,
    ConditionExpression: condition,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: rowValues(
      Object.fromEntries(Object.entries(placeholders).map(([name, value]) => [`:${name}`, value])),
    ),
  };
};
