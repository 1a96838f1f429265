import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { createCallers } from '../../lib/local/cloud/aws-request.ts';
import { type DynamoDb, startDynamoDb } from '../../lib/local/cloud/dynamodb/dynamodb.ts';
import type { Attempt, Ending, Job } from '../../lib/pipeline/job.ts';
import type { JobStore } from '../../lib/pipeline/ports.ts';
import { createDynamoDbJobStore } from '../../lib/runtime/dynamodb-job-store.ts';
import { aJob } from '../builders.ts';
import { inMemoryJobStore } from '../pipeline/in-memory-job-store.ts';

const tableName = 'relay-test-jobs';
let dynamodb: DynamoDb;
let client: DynamoDBClient;
let ids = 0;

beforeAll(async () => {
  dynamodb = await startDynamoDb({ port: 0, path: undefined, callers: createCallers(), onRequest: () => {} });
  await dynamodb.createTable({
    name: tableName,
    timeToLiveAttribute: undefined,
    definition: {
      AttributeDefinitions: [
        { AttributeName: 'jobId', AttributeType: 'S' },
        { AttributeName: 'tenantId', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'jobId', KeyType: 'HASH' },
        { AttributeName: 'tenantId', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    },
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new DynamoDBClient({
    region: 'eu-west-1',
    endpoint: dynamodb.endpoint,
    credentials,
    maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  await dynamodb.stop();
});

const dynamoDbStore = () => createDynamoDbJobStore({ client, tableName, retentionSeconds: 604_800 });
const newJob = () => aJob({ jobId: `job-${ids++}` });

const answered: Ending = {
  status: 'succeeded',
  answer: {
    text: 'Coucou',
    aiGenerated: true,
    model: 'claude',
    provider: 'anthropic',
    modelId: 'claude-haiku-5-5',
    generatedAtMs: 5,
  },
};

const attempt = (costMicroUsd: number): Attempt => ({
  model: 'claude',
  provider: 'anthropic',
  modelId: 'claude-haiku-5-5',
  startedAtMs: 1,
  durationMs: 2,
  timeoutMs: 15_000,
  outcome: 'answer',
  costMicroUsd,
});

describe.each<[string, () => JobStore]>([
  ['in memory', inMemoryJobStore],
  ['in DynamoDB', dynamoDbStore],
])('a job store %s', (_where, create) => {
  it('gives a job to the first claim and makes the second wait for its lease', async () => {
    const store = create();
    const job = newJob();
    const first = { job, claimId: 'a', nowMs: 0, leaseUntilMs: 100 };
    expect(await store.claim(first)).toEqual({ kind: 'won', callsBefore: 0 });
    expect(await store.claim({ ...first, claimId: 'b', nowMs: 99 })).toEqual({ kind: 'held', untilMs: 100 });
    expect(await store.claim({ ...first, claimId: 'b', nowMs: 100 })).toEqual({
      kind: 'won',
      callsBefore: 1,
    });
  });

  it('lets only the latest claim write, and says so to the others', async () => {
    const store = create();
    const job = newJob();
    await store.claim({ job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 });
    await store.claim({ job, claimId: 'b', nowMs: 10, leaseUntilMs: 20 });
    const record = { ending: answered, attempts: [], endedAtMs: 11 };
    expect(await store.finish(job, 'a', record)).toBe('lost');
    expect(await store.release(job, 'a', { attempts: [], billable: true })).toBe('lost');
    expect(await store.finish(job, 'b', record)).toBe('written');
    expect(await store.claim({ job, claimId: 'c', nowMs: 99, leaseUntilMs: 100 })).toEqual({
      kind: 'ended',
      status: 'succeeded',
    });
  });

  it('may be told anything twice: a repeated write finds itself', async () => {
    const store = create();
    const job = newJob();
    const claim = { job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 };
    expect((await store.claim(claim)).kind).toBe('won');
    expect((await store.claim(claim)).kind).toBe('won');
    const record = { ending: answered, attempts: [attempt(7)], endedAtMs: 11 };
    expect(await store.finish(job, 'a', record)).toBe('written');
    expect(await store.finish(job, 'a', record)).toBe('written');
  });

  it('keeps the attempts of a job that goes back to its lane', async () => {
    const store = create();
    const job = newJob();
    await store.claim({ job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 });
    expect(await store.release(job, 'a', { attempts: [attempt(3)], billable: true })).toBe('written');
    expect(await store.claim({ job, claimId: 'b', nowMs: 1, leaseUntilMs: 11 })).toEqual({
      kind: 'won',
      callsBefore: 1,
    });
  });

  it('takes back the charge of a call that cost nothing', async () => {
    const store = create();
    const job = newJob();
    await store.claim({ job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 });
    expect(await store.release(job, 'a', { attempts: [], billable: false })).toBe('written');
    expect(await store.claim({ job, claimId: 'b', nowMs: 1, leaseUntilMs: 11 })).toEqual({
      kind: 'won',
      callsBefore: 0,
    });
  });

  it('takes the same jobId of two tenants as two jobs', async () => {
    const store = create();
    const { jobId } = newJob();
    for (const tenantId of ['tenant-a', 'tenant-b']) {
      const job = aJob({ jobId, message: { tenantId } });
      expect((await store.claim({ job, claimId: tenantId, nowMs: 0, leaseUntilMs: 10 })).kind).toBe('won');
    }
  });

  it('gives a job that many want at once to one of them', async () => {
    const store = create();
    const job = newJob();
    const claims = Array.from({ length: 20 }, (_, index) =>
      store.claim({ job, claimId: `claim-${index}`, nowMs: 0, leaseUntilMs: 10 }),
    );
    expect((await Promise.all(claims)).filter(({ kind }) => kind === 'won')).toHaveLength(1);
  });
});

describe('the DynamoDB store', () => {
  it('agrees with the rules for any history of claims, endings and releases', async () => {
    type Step = { act: 'claim' | 'finish' | 'release'; by: number; nowMs: number; twice: boolean };
    const step: fc.Arbitrary<Step> = fc.record({
      act: fc.constantFrom('claim', 'claim', 'finish', 'release'),
      by: fc.nat(3), // which of the last claims writes: 0 is the latest
      nowMs: fc.nat(30),
      twice: fc.boolean(), // the reply is lost and the call repeated
    });
    const play = async (store: JobStore, job: Job, step: Step & { claims: number }) => {
      const { act, by, nowMs, claims } = step;
      const claimId = `claim-${act === 'claim' ? claims : claims - by}`;
      if (act === 'claim') return store.claim({ job, claimId, nowMs, leaseUntilMs: nowMs + 10 });
      if (act === 'release')
        return store.release(job, claimId, { attempts: [attempt(1)], billable: by % 2 === 0 });
      return store.finish(job, claimId, { ending: answered, attempts: [attempt(1)], endedAtMs: nowMs });
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (history) => {
        const job = newJob();
        const [ours, rules] = [dynamoDbStore(), inMemoryJobStore()];
        let claims = 0;
        for (const given of history) {
          if (given.act === 'claim') claims += 1;
          const step = { ...given, claims };
          if (given.twice) await Promise.all([play(ours, job, step), play(rules, job, step)]);
          expect(await play(ours, job, step)).toEqual(await play(rules, job, step));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('writes metadata under any key that a producer may choose', async () => {
    const metadata = { constructor: 'a', toString: 'b', __proto__hidden: 'c' };
    const job = aJob({ jobId: `job-${ids++}`, message: { metadata } });
    await dynamoDbStore().claim({ job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 });
    const { Item = {} } = await client.send(
      new GetItemCommand({
        TableName: tableName,
        Key: { jobId: { S: job.jobId }, tenantId: { S: 'tenant-a' } },
      }),
    );
    expect(unmarshall(Item).metadata).toEqual(metadata);
  });

  it('writes a row that says what happened, adds up its cost, and expires', async () => {
    const store = dynamoDbStore();
    const job = newJob();
    await store.claim({ job, claimId: 'a', nowMs: 1_000, leaseUntilMs: 2_000 });
    await store.release(job, 'a', { attempts: [attempt(3)], billable: true });
    await store.claim({ job, claimId: 'b', nowMs: 5_000, leaseUntilMs: 6_000 });
    await store.finish(job, 'b', { ending: answered, attempts: [attempt(4)], endedAtMs: 7_000 });
    const { Item = {} } = await client.send(
      new GetItemCommand({
        TableName: tableName,
        Key: { jobId: { S: job.jobId }, tenantId: { S: 'tenant-a' } },
      }),
    );
    expect(unmarshall(Item)).toMatchObject({
      status: 'succeeded',
      lane: 'critical',
      startedAtMs: 1_000, // of the first claim: the wait in the queue ended there
      endedAtMs: 7_000,
      expiresAt: 7 + 604_800,
      costMicroUsd: 7,
      attempts: [{ costMicroUsd: 3 }, { costMicroUsd: 4 }],
      answer: { text: 'Coucou', aiGenerated: true },
    });
  });
});
