import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type JobWrite, readJobWrite } from '../../../lib/drill/history/job-writes.ts';
import type { Attempt, Ending } from '../../../lib/pipeline/job/job.ts';
import type { JobStore } from '../../../lib/pipeline/ports.ts';
import { createDynamoDbJobStore } from '../../../lib/runtime/dynamodb-job-store.ts';
import { aJob } from '../../builders.ts';

/** What the store asks DynamoDB for, as the drills read it. The table answers nothing. */
const writesOf = async (use: (store: JobStore) => Promise<unknown>): Promise<(JobWrite | undefined)[]> => {
  const writes: (JobWrite | undefined)[] = [];
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  client.middlewareStack.add(
    () =>
      async ({ input }) => {
        writes.push(readJobWrite('UpdateItem', input));
        return { response: {}, output: { $metadata: {} } };
      },
    { step: 'initialize', priority: 'high' },
  );
  const options = { client, tableName: 'relay-local-jobs', retentionSeconds: 60, answerFreshForMs: 60_000 };
  await use(createDynamoDbJobStore({ ...options, now: () => 0 })).catch(() => undefined);
  return writes;
};

const attempt: Attempt = {
  callId: '00f067aa0ba902b7',
  model: 'claude',
  provider: 'anthropic',
  modelId: 'claude-haiku-5-5',
  startedAtMs: 1,
  durationMs: 2,
  limits: { firstEventMs: 1, betweenEventsMs: 1, totalMs: 1, basis: { kind: 'configured' } },
  outcome: 'transient',
  code: 'silent',
  costMicroUsd: 0,
};

const seenAttempt = {
  provider: 'anthropic',
  modelId: 'claude-haiku-5-5',
  outcome: 'transient',
  code: 'silent',
};
const trail = { attempts: [attempt], skips: [] };

it('reads a claim', async () => {
  const request = { job: aJob(), claimId: 'claim-1', nowMs: 5, leaseUntilMs: 10 };
  expect(await writesOf((store) => store.claim(request))).toEqual([
    {
      status: 'running',
      jobId: 'job-1',
      claimId: 'claim-1',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      creatorId: 'creator-1',
      lane: 'critical',
      enqueuedAtMs: 0,
      deadlineAtMs: 3_600_000,
    },
  ]);
});

it.each<[string, Ending, object]>([
  [
    'an answer of a model',
    {
      status: 'succeeded',
      answer: {
        source: 'model',
        text: 'Coucou',
        aiGenerated: true,
        model: 'claude',
        provider: 'anthropic',
        modelId: 'claude-haiku-5-5',
        generatedAtMs: 5,
      },
    },
    { answer: { source: 'model', provider: 'anthropic', modelId: 'claude-haiku-5-5' } },
  ],
  [
    'a default answer',
    { status: 'succeeded', answer: { source: 'default', text: 'Soon', aiGenerated: false } },
    { answer: { source: 'default' } },
  ],
  ['a failure', { status: 'failed', reason: 'refused' }, { reason: 'refused' }],
  ['an expiry', { status: 'expired', reason: 'deadline-passed' }, {}],
  ['an erasure', { status: 'canceled', reason: 'erased' }, {}],
])('reads %s', async (_what, ending, words) => {
  const record = { ending, ...trail, endedAtMs: 9, kept: { answer: new Uint8Array([1]) } };
  expect(await writesOf((store) => store.finish(aJob(), 'claim-1', record, 1))).toEqual([
    {
      status: ending.status,
      jobId: 'job-1',
      claimId: 'claim-1',
      endedAtMs: 9,
      attempts: [seenAttempt],
      ...words,
    },
  ]);
});

it('reads a return to the lane', async () => {
  const record = { ...trail, billable: true };
  expect(await writesOf((store) => store.release(aJob(), 'claim-1', record))).toEqual([
    { status: 'queued', jobId: 'job-1', claimId: 'claim-1', attempts: [seenAttempt] },
  ]);
});

it('leaves alone what writes no job', async () => {
  expect(await writesOf((store) => store.check(aJob(), 'claim-1'))).toEqual([undefined]);
  expect(readJobWrite('GetItem', { TableName: 'relay-local-jobs' })).toBeUndefined();
  expect(readJobWrite('UpdateItem', { TableName: 'relay-local-fleet' })).toBeUndefined();
});
