import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { answerKeyOf, keptContent, openMetadata, placeOf } from '../../lib/pipeline/dispatch/content.ts';
import type { Attempt, Ending, Job, ModelAnswer, Skip } from '../../lib/pipeline/job/job.ts';
import type { JobStore } from '../../lib/pipeline/ports.ts';
import { createJobsTable } from '../../lib/runtime/api/jobs-table.ts';
import { createDynamoDbJobStore } from '../../lib/runtime/dynamodb-job-store.ts';
import { inMemoryJobStore } from '../../lib/simulation/in-memory-job-store.ts';
import { inMemoryVault } from '../../lib/simulation/in-memory-vault.ts';
import { aJob } from '../builders.ts';
import { type LocalTables, startLocalTables } from './local-tables.ts';

/** How long an ending may be repeated, in ms. */
const FOR_MS = 5_000;

const FRESH_FOR_MS = 3_600_000;
let tables: LocalTables;
let nowMs = 0;
let ids = 0;

beforeAll(async () => {
  tables = await startLocalTables();
});

afterAll(() => tables.stop());

const dynamoDbStore = ({ retentionSeconds = 604_800 } = {}) =>
  createDynamoDbJobStore({
    client: tables.client,
    tableName: tables.jobs,
    retentionSeconds,
    answerFreshForMs: FRESH_FOR_MS,
    now: () => nowMs,
  });
const newJob = () => aJob({ jobId: `job-${ids++}` });
const keyOf = ({ jobId, message }: Job) => ({ jobId: { S: jobId }, tenantId: { S: message.tenantId } });

const rowOf = async (job: Job) => {
  const { Item = {} } = await tables.client.send(
    new GetItemCommand({ TableName: tables.jobs, Key: keyOf(job) }),
  );
  return unmarshall(Item);
};

const modelAnswer: ModelAnswer = {
  source: 'model',
  text: 'Coucou',
  aiGenerated: true,
  model: 'claude',
  provider: 'anthropic',
  modelId: 'claude-haiku-5-5',
  generatedAtMs: 5,
};
const answered: Ending = { status: 'succeeded', answer: modelAnswer };

const attempt = (costMicroUsd: number): Attempt => ({
  callId: '00f067aa0ba902b7',
  model: 'claude',
  provider: 'anthropic',
  modelId: 'claude-haiku-5-5',
  startedAtMs: 1,
  durationMs: 2,
  limits: {
    firstEventMs: 3_000,
    betweenEventsMs: 5_000,
    totalMs: 15_000,
    basis: { kind: 'learned', samples: 40, p99Ms: { firstEvent: 1, betweenEvents: 2, total: 3 } },
  },
  outcome: 'answer',
  costMicroUsd,
});

const skip: Skip = { rung: 'gpt-5', provider: 'openai', reason: 'circuit-open', atMs: 1 };
const nothing = { attempts: [], skips: [] };
const kept = { answer: new Uint8Array([1, 2, 3]) };

type ClaimStore = Omit<JobStore, 'findAnswer'>;

describe.each<[string, () => ClaimStore]>([
  ['in memory', inMemoryJobStore],
  ['in DynamoDB', () => dynamoDbStore()],
])('a job store %s', (_where, create) => {
  it('gives a job to the first claim and makes the second wait for its lease', async () => {
    const store = create();
    const job = newJob();
    const first = { job, claimId: 'a', nowMs: 0, leaseUntilMs: 100 };
    expect(await store.claim(first)).toEqual({ kind: 'won', runsBefore: 0 });
    expect(await store.claim({ ...first, claimId: 'b', nowMs: 99 })).toEqual({ kind: 'held', untilMs: 100 });
    expect(await store.claim({ ...first, claimId: 'b', nowMs: 100 })).toEqual({
      kind: 'won',
      runsBefore: 1,
      past: { calls: [], abandoned: { claimId: 'a', leaseUntilMs: 100 } },
    });
  });

  it('makes a message that is late wait for the message of a job that runs again', async () => {
    const store = create();
    const late = { ...newJob(), deadlineAtMs: 100 };
    const again = { ...late, deadlineAtMs: 200 };
    await store.claim({ job: again, claimId: 'a', nowMs: 0, leaseUntilMs: 10 });
    const claim = { job: late, claimId: 'b', nowMs: 150, leaseUntilMs: 160 };
    expect(await store.claim(claim)).toEqual({ kind: 'held', untilMs: 200 });
    await store.release(again, 'a', { ...nothing, billable: true });
    expect(await store.claim(claim)).toEqual({ kind: 'held', untilMs: 200 });
    expect((await store.claim({ ...claim, job: again, claimId: 'c' })).kind).toBe('won');
    expect((await store.claim({ ...claim, nowMs: 200 })).kind).toBe('won');
  });

  it('lets only the latest claim write, and says so to the others', async () => {
    const store = create();
    const job = newJob();
    await store.claim({ job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 });
    await store.claim({ job, claimId: 'b', nowMs: 10, leaseUntilMs: 20 });
    const record = { ending: answered, kept, ...nothing, endedAtMs: 11 };
    expect(await store.finish(job, 'a', record, FOR_MS)).toBe('lost');
    expect(await store.release(job, 'a', { ...nothing, billable: true })).toBe('lost');
    expect(await store.finish(job, 'b', record, FOR_MS)).toBe('written');
    expect(await store.claim({ job, claimId: 'c', nowMs: 99, leaseUntilMs: 100 })).toEqual({
      kind: 'ended',
      end: {
        status: 'succeeded',
        lane: 'critical',
        model: 'gpt-5-nano',
        acceptedAtMs: 0,
        endedAtMs: 11,
        costMicroUsd: 0,
        correlationId: 'correlation-1',
      },
    });
  });

  it('may be told anything twice: a repeated write finds itself', async () => {
    const store = create();
    const job = newJob();
    const claim = { job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 };
    expect((await store.claim(claim)).kind).toBe('won');
    expect((await store.claim(claim)).kind).toBe('won');
    const record = { ending: answered, kept, attempts: [attempt(7)], skips: [skip], endedAtMs: 11 };
    expect(await store.finish(job, 'a', record, FOR_MS)).toBe('written');
    expect(await store.finish(job, 'a', record, FOR_MS)).toBe('written');
  });

  it('keeps the attempts of a job that goes back to its lane', async () => {
    const store = create();
    const job = newJob();
    await store.claim({ job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 });
    expect(await store.release(job, 'a', { attempts: [attempt(3)], skips: [skip], billable: true })).toBe(
      'written',
    );
    expect(await store.claim({ job, claimId: 'b', nowMs: 1, leaseUntilMs: 11 })).toMatchObject({
      kind: 'won',
      runsBefore: 1,
      past: { calls: [{ callId: attempt(3).callId, costMicroUsd: 3 }] },
    });
  });

  it('takes back the charge of a run that cost nothing', async () => {
    const store = create();
    const job = newJob();
    await store.claim({ job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 });
    expect(await store.release(job, 'a', { ...nothing, billable: false })).toBe('written');
    expect(await store.claim({ job, claimId: 'b', nowMs: 1, leaseUntilMs: 11 })).toEqual({
      kind: 'won',
      runsBefore: 0,
    });
  });

  it('tells whose a job is, before and after every change of hands', async () => {
    const store = create();
    const job = newJob();
    expect(await store.check(job, 'a')).toBe('lost');
    await store.claim({ job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 });
    expect(await store.check(job, 'a')).toBe('mine');
    await store.claim({ job, claimId: 'b', nowMs: 10, leaseUntilMs: 20 });
    expect(await store.check(job, 'a')).toBe('lost');
    expect(await store.check(job, 'b')).toBe('mine');
    await store.finish(job, 'b', { ending: answered, kept, ...nothing, endedAtMs: 11 }, FOR_MS);
    expect(await store.check(job, 'b')).toBe('lost');
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
    type Step = {
      act: 'claim' | 'check' | 'finish' | 'release';
      by: number;
      nowMs: number;
      deadlineAtMs: number;
      twice: boolean;
    };
    const step: fc.Arbitrary<Step> = fc.record({
      act: fc.constantFrom('claim', 'claim', 'check', 'finish', 'release'),
      by: fc.nat(3), // which of the last claims writes: 0 is the latest
      nowMs: fc.nat(30),
      deadlineAtMs: fc.constantFrom(0, 31), // of the message that claims: late, or in time
      twice: fc.boolean(), // the reply is lost and the call repeated
    });
    const play = async (store: ClaimStore, named: Job, step: Step & { claims: number }) => {
      const { act, by, nowMs, deadlineAtMs, claims } = step;
      const job = { ...named, deadlineAtMs };
      const writer = `claim-${claims - by}`;
      const trail = { attempts: [attempt(1)], skips: by === 0 ? [] : [skip] };
      switch (act) {
        case 'claim':
          return store.claim({ job, claimId: `claim-${claims}`, nowMs, leaseUntilMs: nowMs + 10 });
        case 'check':
          return store.check(job, writer);
        case 'release':
          return store.release(job, writer, { ...trail, billable: by % 2 === 0 });
        case 'finish':
          return store.finish(job, writer, { ...trail, ending: answered, kept, endedAtMs: nowMs }, FOR_MS);
      }
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

  it('finds the end of a job that was canceled by the API before its first claim', async () => {
    const job = newJob();
    const jobs = createJobsTable({
      client: tables.client,
      tableName: tables.jobs,
      retentionSeconds: 60,
      now: () => nowMs,
    });
    await jobs.accept(job, 'hash');
    await jobs.cancel({ jobId: job.jobId, tenantId: job.message.tenantId }, 7_000);
    const claim = { job, claimId: 'a', nowMs: 8_000, leaseUntilMs: 9_000 };
    expect(await dynamoDbStore().claim(claim)).toEqual({
      kind: 'ended',
      end: {
        status: 'canceled',
        reason: 'canceled-by-caller',
        lane: 'critical',
        model: 'gpt-5-nano',
        acceptedAtMs: 0,
        endedAtMs: 7_000,
        correlationId: 'correlation-1',
      },
    });
  });

  it('lets the message of a retry run, and not the one of before, which nobody had acknowledged', async () => {
    const before = { ...newJob(), deadlineAtMs: 5_000 };
    const jobs = createJobsTable({
      client: tables.client,
      tableName: tables.jobs,
      retentionSeconds: 60,
      now: () => nowMs,
    });
    const store = dynamoDbStore();
    await store.claim({ job: before, claimId: 'a', nowMs: 1_000, leaseUntilMs: 2_000 });
    const failed: Ending = { status: 'failed', reason: 'transient' };
    await store.finish(
      before,
      'a',
      { ending: failed, kept: { message: '{}' }, ...nothing, endedAtMs: 1_500 },
      FOR_MS,
    );
    const seen = await jobs.read({ jobId: before.jobId, tenantId: before.message.tenantId });
    if (seen === undefined) throw new Error('the job has no row');
    await jobs.reopen(seen, 9_000);
    const claim = { job: before, claimId: 'b', nowMs: 6_000, leaseUntilMs: 7_000 };
    expect(await store.claim(claim)).toEqual({ kind: 'held', untilMs: 9_000 });
    const retry = { ...before, deadlineAtMs: 9_000 };
    expect(await store.claim({ ...claim, job: retry })).toMatchObject({ kind: 'won', runsBefore: 0 });
    expect(await rowOf(retry)).toMatchObject({ status: 'running', deadlineAtMs: 9_000 });
  });

  it('leaves nothing of persons on the row of a job whose message came after their erasure', async () => {
    const store = dynamoDbStore();
    const job = aJob({
      jobId: `job-${ids++}`,
      message: {
        creatorId: 'canary-creator',
        subjectRefs: ['canary-fan'],
        consentRef: 'canary-consent',
        sealedMetadata: Buffer.from('canary-note').toString('base64'),
      },
      trace: { traceId: 'trace', traceparent: 'parent', correlationId: 'canary-correlation' },
    });
    await store.claim({ job, claimId: 'c', nowMs: 0, leaseUntilMs: 1_000 });
    expect(await rowOf(job)).toMatchObject({ sealedMetadata: Buffer.from('canary-note') });
    expect(JSON.stringify(await rowOf(job)).match(/canary-/g)).toHaveLength(4);
    const ending: Ending = { status: 'canceled', reason: 'erased' };
    await store.finish(job, 'c', { ending, ...nothing, endedAtMs: 5, kept: {} }, FOR_MS);
    expect(JSON.stringify(await rowOf(job))).not.toContain('canary');
    expect(await rowOf(job)).not.toHaveProperty('sealedMetadata');
    expect(await store.claim({ job, claimId: 'd', nowMs: 2_000, leaseUntilMs: 3_000 })).toMatchObject({
      kind: 'ended',
    });
  });

  it.each<Ending>([
    { status: 'succeeded', answer: modelAnswer },
    { status: 'failed', reason: 'transient' },
    { status: 'failed', reason: 'minor-risk' },
  ])('has the metadata of a plain message on its row only sealed, from its end on: %o', async (ending) => {
    const store = dynamoDbStore();
    const metadata = { constructor: 'a', toString: 'b', note: 'canary-note' };
    const job = aJob({ jobId: `job-${ids++}`, message: { metadata } });
    await store.claim({ job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 });
    expect(await rowOf(job)).not.toHaveProperty('sealedMetadata');
    const ring = await inMemoryVault(() => 0).take(job.message, 0);
    const kept = keptContent(ring, job, ending);
    await store.finish(job, 'a', { ending, kept, ...nothing, endedAtMs: 5 }, FOR_MS);
    const { sealedMetadata, ...row } = await rowOf(job);
    const place = { jobId: job.jobId, tenantId: job.message.tenantId };
    expect(openMetadata(ring, place, sealedMetadata)).toEqual(metadata);
    expect(JSON.stringify({ ...row, message: '' })).not.toContain('canary');
  });

  it('writes a row that says what happened, adds up its cost, and expires', async () => {
    const store = dynamoDbStore();
    const job = newJob();
    await store.claim({ job, claimId: 'a', nowMs: 1_000, leaseUntilMs: 2_000 });
    await store.release(job, 'a', { attempts: [attempt(3)], skips: [skip], billable: true });
    await store.claim({ job, claimId: 'b', nowMs: 5_000, leaseUntilMs: 6_000 });
    await store.finish(
      job,
      'b',
      {
        ending: answered,
        kept,
        attempts: [attempt(4)],
        skips: [{ ...skip, rung: 'gpt-5-mini' }],
        endedAtMs: 7_000,
      },
      FOR_MS,
    );
    expect(await rowOf(job)).toMatchObject({
      status: 'succeeded',
      lane: 'critical',
      startedAtMs: 1_000, // of the first claim: the wait in the queue ended there
      endedAtMs: 7_000,
      expiresAt: 7 + 604_800,
      costMicroUsd: 7,
      runsCharged: 2,
      attempts: [attempt(3), attempt(4)],
      skips: [skip, { ...skip, rung: 'gpt-5-mini' }],
      answer: { source: 'model', sealed: kept.answer, aiGenerated: true },
    });
  });

  it('pays for no list of skips where nothing was skipped', async () => {
    const store = dynamoDbStore();
    const job = newJob();
    await store.claim({ job, claimId: 'a', nowMs: 0, leaseUntilMs: 10 });
    await store.finish(
      job,
      'a',
      { ending: answered, kept, attempts: [attempt(1)], skips: [], endedAtMs: 1 },
      FOR_MS,
    );
    expect(await rowOf(job)).not.toHaveProperty('skips');
  });
});

describe('an earlier answer', () => {
  const never = new AbortController().signal;
  const vault = inMemoryVault(() => nowMs);
  const wordsOf = (text: string): Partial<Job['message']> => ({
    input: { messages: [{ role: 'user', content: text }] },
  });
  const ask = (message: Partial<Job['message']>) => aJob({ jobId: `job-${ids++}`, message });
  const end = async (job: Job, ending: Ending, endedAtMs: number, store = dynamoDbStore()) => {
    await store.claim({ job, claimId: 'a', nowMs: endedAtMs, leaseUntilMs: endedAtMs + 10 });
    const ring = await vault.take(job.message, endedAtMs);
    await store.finish(
      job,
      'a',
      { ending, kept: keptContent(ring, job, ending), ...nothing, endedAtMs },
      FOR_MS,
    );
    return job;
  };
  const saying = (text: string): Ending => ({ status: 'succeeded', answer: { ...modelAnswer, text } });
  const keyOfWords = async (message: Partial<Job['message']>) => {
    const job = ask(message);
    return answerKeyOf(await vault.take(job.message, nowMs), job);
  };
  const find = async (message: Partial<Job['message']>) => {
    const found = await dynamoDbStore().findAnswer(await keyOfWords(message), never);
    if (found === undefined) return undefined;
    const { jobId, subjects, answer, sealed } = found;
    const ring = await vault.read(subjects);
    return { ...answer, ...ring.open(placeOf('answer', { jobId, tenantId: subjects.tenantId }), sealed) };
  };

  beforeEach(() => {
    nowMs = 10_000_000;
  });

  it('to the same words is found, the latest one first, as it was sealed', async () => {
    const words = wordsOf('same words');
    await end(ask(words), saying('second'), nowMs - 1);
    await end(ask(words), saying('first'), nowMs - 2);
    expect(await find(words)).toEqual({ ...modelAnswer, kind: 'opened', text: 'second' });
  });

  it.each<[string, Partial<Job['message']>]>([
    ['another tenant', { tenantId: 'tenant-b' }],
    ['another creator', { creatorId: 'creator-2' }],
    ['other words', wordsOf('other words')],
    [
      'other instructions',
      { input: { instructions: 'Be brief.', messages: [{ role: 'user', content: 'scoped' }] } },
    ],
    [
      'a longer conversation',
      {
        input: {
          messages: [
            { role: 'user', content: 'scoped' },
            { role: 'assistant', content: 'scoped' },
          ],
        },
      },
    ],
  ])('is none for %s', async (_difference, change) => {
    await end(ask(wordsOf('scoped')), answered, nowMs);
    expect(await find({ ...wordsOf('scoped'), ...change })).toBeUndefined();
    expect(await find(wordsOf('scoped'))).toBeDefined();
  });

  it('is given again for as long as it is fresh', async () => {
    const words = wordsOf('fresh');
    await end(ask(words), answered, nowMs);
    nowMs += FRESH_FOR_MS;
    expect(await find(words)).toBeDefined();
    nowMs += 1;
    expect(await find(words)).toBeUndefined();
  });

  it.each<[string, Ending]>([
    ['repeated itself', { status: 'succeeded', answer: { ...modelAnswer, source: 'cache' } }],
    ['a default', { status: 'succeeded', answer: { source: 'default', text: 'Merci', aiGenerated: false } }],
    ['no answer', { status: 'failed', reason: 'transient' }],
  ])('that was %s is not repeated, nor does it hide a real one', async (what, ending) => {
    await end(ask(wordsOf(what)), ending, nowMs);
    expect(await find(wordsOf(what))).toBeUndefined();
    await end(ask(wordsOf(what)), answered, nowMs - 1);
    expect(await find(wordsOf(what))).toEqual({ ...modelAnswer, kind: 'opened' });
  });

  it('is gone when its row has expired, although DynamoDB deletes later', async () => {
    const words = wordsOf('expired');
    await end(ask(words), answered, nowMs, dynamoDbStore({ retentionSeconds: 60 }));
    nowMs += 59_999;
    expect(await find(words)).toBeDefined();
    nowMs += 1;
    expect(await find(words)).toBeUndefined();
  });

  it('is erased with the row of its job', async () => {
    const words = wordsOf('erased');
    const job = await end(ask(words), answered, nowMs);
    await tables.client.send(new DeleteItemCommand({ TableName: tables.jobs, Key: keyOf(job) }));
    expect(await find(words)).toBeUndefined();
  });

  it('is not waited for once its time is up', async () => {
    const given = dynamoDbStore().findAnswer(await keyOfWords(wordsOf('late')), AbortSignal.abort());
    await expect(given).rejects.toThrow();
  });
});
