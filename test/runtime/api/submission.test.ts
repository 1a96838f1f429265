import { randomUUID } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SubmittedJob } from '../../../lib/api/schemas/job.ts';
import { keptContent, openJob } from '../../../lib/pipeline/dispatch/content.ts';
import type { EndedJob } from '../../../lib/pipeline/job/completion-event.ts';
import type { Ending, Job } from '../../../lib/pipeline/job/job.ts';
import { parseLaneMessage } from '../../../lib/pipeline/job/sealed-message.ts';
import { cancelJob } from '../../../lib/runtime/api/cancel-job.ts';
import { createJobsIndex } from '../../../lib/runtime/api/jobs-index.ts';
import { createJobsTable } from '../../../lib/runtime/api/jobs-table.ts';
import type { LaneMessage } from '../../../lib/runtime/api/lane-sender.ts';
import { listJobs } from '../../../lib/runtime/api/list-jobs.ts';
import { retryJob } from '../../../lib/runtime/api/retry-job.ts';
import { type Order, type SubmissionPorts, submitJob } from '../../../lib/runtime/api/submission.ts';
import { submitBatch } from '../../../lib/runtime/api/submit-batch.ts';
import { createDynamoDbJobStore } from '../../../lib/runtime/dynamodb-job-store.ts';
import { keyOfJob } from '../../../lib/runtime/job-row.ts';
import { openRecord } from '../../../lib/runtime/open-record.ts';
import { openBody, openRow } from '../../../lib/runtime/privacy/open-kept.ts';
import { type InMemoryVault, inMemoryVault } from '../../../lib/simulation/in-memory-vault.ts';
import { TENANT_JOBS_INDEX } from '../../../lib/stacks/data-stack.ts';
import { aJob } from '../../builders.ts';
import { type LocalTables, startLocalTables } from '../local-tables.ts';

const MINUTE_MS = 60_000;

const aBody = (changes: Partial<SubmittedJob> = {}): SubmittedJob => ({
  creatorId: 'creator-1',
  subjectRefs: ['fan_0a1b'],
  priority: 'high',
  model: 'gpt-5-nano',
  input: { messages: [{ role: 'user', content: 'Bonjour !' }] },
  mode: 'draft',
  ...changes,
});

describe('submitting jobs over HTTP', () => {
  let tables: LocalTables;
  let sent: LaneMessage[];
  let told: EndedJob[];
  let faults: unknown[];
  let nowMs: number;
  let isLaneDown: boolean;
  let isSpent: boolean;
  let isFull: boolean;
  let ports: SubmissionPorts;
  const tenantId = () => `tenant-${nowMs}`;
  let vault: InMemoryVault;

  beforeAll(async () => {
    tables = await startLocalTables();
  });
  afterAll(() => tables.stop());
  beforeEach(() => {
    vault = inMemoryVault(() => nowMs);
    sent = [];
    told = [];
    faults = [];
    nowMs = 1_795_000_000_000 + Math.floor(Math.random() * 1e9);
    isLaneDown = false;
    isSpent = false;
    isFull = false;
    ports = {
      jobs: createJobsTable({
        client: tables.client,
        tableName: tables.jobs,
        retentionSeconds: 600,
        now: () => nowMs,
      }),
      lanes: {
        send: async (message) => {
          if (isLaneDown) throw new Error('down');
          sent.push(message);
        },
      },
      purse: {
        look: async () => (isSpent ? { kind: 'spent', untilMs: nowMs + MINUTE_MS } : { kind: 'affordable' }),
      },
      vault: { ...vault, prepare: async () => undefined },
      onCanceled: async (end) => void told.push(end),
      onFault: (_requestId, error) => void faults.push(error),
      waits: { take: async () => ({ kind: 'room' }) },
      submits: { take: async () => (isFull ? { kind: 'full', freeAtMs: nowMs + 1_500 } : { kind: 'room' }) },
      clock: { now: () => nowMs },
      chance: { newId: randomUUID },
      patienceMs: { critical: MINUTE_MS, high: 2 * MINUTE_MS, medium: MINUTE_MS, low: MINUTE_MS },
    };
  });

  /** The jobs table as workers use it. */
  const workersStore = () =>
    createDynamoDbJobStore({
      client: tables.client,
      tableName: tables.jobs,
      retentionSeconds: 600,
      answerFreshForMs: 0,
      now: () => nowMs,
    });
  const order = (changes: Partial<Order> = {}): Order => ({
    caller: { tenantId: tenantId(), clientId: 'c', scopes: ['jobs:write'] },
    body: aBody(),
    key: 'key-1',
    traceparent: undefined,
    ...changes,
  });
  const accepted = async (changes: Partial<Order> = {}) => {
    const result = await submitJob(ports, order(changes));
    if (result.kind === 'problem') throw new Error(result.detail);
    return result;
  };
  const submitted = async (changes: Partial<Order> = {}) => (await accepted(changes)).record;

  /** What was sent, as its worker opens it; undefined when nobody can. */
  const opened = async ({ body = '' }: Partial<LaneMessage> = {}): Promise<Job | undefined> => {
    const parsed = parseLaneMessage(body);
    if (parsed.kind === 'rejected') throw new Error(parsed.rejection.detail);
    const { message } = parsed;
    const received = { ...aJob(), jobId: message.jobId ?? '', message };
    return openJob(await vault.read(message), received);
  };
  const endAs = async (job: Job, ending: Ending) => ({
    ending,
    kept: keptContent(await vault.read(job.message), job, ending),
    endedAtMs: nowMs,
    attempts: [],
    skips: [],
  });

  it('sends what a worker takes for the very job that was accepted', async () => {
    const record = await submitted({
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    const [message] = sent;
    expect(message?.body).not.toContain('Bonjour');
    expect(message).toMatchObject({ lane: 'high', correlationId: record.correlationId });
    expect(message?.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/);
    expect(await opened(message)).toMatchObject({
      message: {
        ...aBody(),
        tenantId: tenantId(),
        jobId: record.jobId,
        deadlineAt: new Date(nowMs + 2 * MINUTE_MS).toISOString(),
      },
    });
  });

  describe('with metadata', () => {
    const metadata = { note: 'canary-note' };
    const rawRow = async (jobId: string) => {
      const Key = keyOfJob({ jobId, tenantId: tenantId() });
      const { Item = {} } = await tables.client.send(new GetItemCommand({ TableName: tables.jobs, Key }));
      return Item;
    };
    const metadataSent = ({ body = '' }: Partial<LaneMessage> = {}) => JSON.parse(body).sealedMetadata;

    it('seals it once: row, lane, worker and retry have the same bytes, and an export what was meant', async () => {
      const { jobId } = await submitted({ body: aBody({ metadata }) });
      const { sealedMetadata: kept } = await rawRow(jobId);
      expect(Buffer.from(kept?.B ?? []).toString('base64')).toBe(metadataSent(sent[0]));
      const sentJob = await opened(sent[0]);
      if (sentJob === undefined) throw new Error('it is not opened');
      const job = { ...sentJob, deadlineAtMs: nowMs + 2 * MINUTE_MS };
      const store = workersStore();
      await store.claim({ job, claimId: 'claim-1', nowMs, leaseUntilMs: nowMs + 1_000 });
      expect(await rawRow(jobId)).toMatchObject({ sealedMetadata: kept });
      await store.finish(job, 'claim-1', await endAs(job, { status: 'failed', reason: 'transient' }), 1_000);
      expect(await rawRow(jobId)).toMatchObject({ sealedMetadata: kept });
      const key = { jobId, tenantId: tenantId() };
      const record = await ports.jobs.read(key);
      expect(record && (await openRow(vault, record))).toMatchObject({ metadata, message: { metadata } });
      expect(await retryJob(ports, key)).toMatchObject({ kind: 'submitted' });
      expect(metadataSent(sent[1])).toBe(metadataSent(sent[0]));
    });

    it('shows it to whoever submits, without another look at keys', async () => {
      const read = jest.spyOn(ports.vault, 'read');
      const { ring, record } = await accepted({ body: aBody({ metadata }) });
      expect(await openRecord(() => ring ?? ports.vault.read(record), record)).toEqual({ metadata });
      const again = await accepted({ body: aBody({ metadata }) });
      expect(again.ring).toBeDefined();
      expect(read).not.toHaveBeenCalled();
    });

    it('shows nothing of it once a person of the job is erased', async () => {
      const { record } = await accepted({ body: aBody({ metadata }) });
      await vault.destroy({ tenantId: tenantId(), kind: 'fan', ref: 'fan_0a1b' }, nowMs);
      expect(await openRecord(() => vault.read(record), record)).toEqual({});
    });

    it('is not there when somebody has put it there who had no keys, and stands in the way of nothing', async () => {
      const { jobId } = await submitted({ body: aBody({ metadata }) });
      const forged = Buffer.from('nobody has sealed this, whoever says so').toString('base64');
      const Item = { ...(await rawRow(jobId)), sealedMetadata: { B: Buffer.from(forged, 'base64') } };
      await tables.client.send(new PutItemCommand({ TableName: tables.jobs, Item }));
      const record = await ports.jobs.read({ jobId, tenantId: tenantId() });
      expect(record && (await openRecord(() => vault.read(record), record))).toEqual({});
      const body: object = JSON.parse(sent[0]?.body ?? '');
      expect(await openBody(vault, JSON.stringify({ ...body, sealedMetadata: forged }))).toMatchObject({
        input: { messages: expect.anything() },
      });
      const letter = JSON.stringify({ ...body, sealed: forged });
      expect(await openBody(vault, letter)).toEqual(JSON.parse(letter));
    });

    it('shows that of rows, and takes that of messages, which were written before it was sealed', async () => {
      const { jobId } = await submitted({ body: aBody({ metadata }) });
      const { sealedMetadata: _, ...row } = await rawRow(jobId);
      const Item = { ...row, metadata: { M: { note: { S: 'canary-note' } } } };
      await tables.client.send(new PutItemCommand({ TableName: tables.jobs, Item }));
      const record = await ports.jobs.read({ jobId, tenantId: tenantId() });
      const noKeys = () => Promise.reject(new Error('no keys are needed'));
      expect(record && (await openRecord(noKeys, record))).toEqual({ metadata });
      const older = { ...JSON.parse(sent[0]?.body ?? ''), sealedMetadata: undefined, metadata };
      const job = await opened({ body: JSON.stringify(older) });
      expect(job).toMatchObject({ message: { metadata } });
      const ended = job && (await endAs(job, { status: 'expired', reason: 'deadline-passed' }));
      expect(ended?.kept).toMatchObject({ sealedMetadata: expect.any(Uint8Array) });
      const kept = JSON.parse(ended?.kept.message ?? '');
      expect([typeof kept.sealedMetadata, kept.metadata]).toEqual(['string', undefined]);
    });
  });

  it('has one job for a key, however often it is ordered, and under the name that a lane would give it', async () => {
    const first = await submitted();
    nowMs += 1_000;
    const again = await submitted({ caller: { ...order().caller, tenantId: first.tenantId } });
    expect(again).toMatchObject({ jobId: first.jobId, enqueuedAtMs: first.enqueuedAtMs });
    expect(first.jobId).toMatch(/^[\w-]{43}$/);
    const ofAnother = await submitted({ key: 'key-2' });
    expect(ofAnother.jobId).not.toBe(first.jobId);
  });

  it('refuses another body under the same key, and takes the same one in another order of fields', async () => {
    await submitted();
    const body = Object.fromEntries(Object.entries(aBody()).reverse());
    expect(await submitJob(ports, order({ body: { ...aBody(), ...body } }))).toMatchObject({
      kind: 'submitted',
    });
    expect(await submitJob(ports, order({ body: aBody({ model: 'gpt-5' }) }))).toMatchObject({
      kind: 'problem',
      name: 'idempotency-conflict',
    });
  });

  it('sends the message of a job whose sender was killed before it, when the job is ordered again', async () => {
    isLaneDown = true;
    await expect(submitJob(ports, order())).rejects.toThrow('down');
    isLaneDown = false;
    const { jobId } = await submitted();
    expect(sent.map(({ body }) => JSON.parse(body).jobId)).toEqual([jobId]);
  });

  it('takes in a job without a name, even when its worker is faster than its row', async () => {
    const claimed = Promise.withResolvers<void>();
    const { jobs } = ports;
    ports.jobs = {
      ...jobs,
      accept: async (...args) => {
        await claimed.promise;
        return jobs.accept(...args);
      },
    };
    ports.lanes = {
      send: async ({ body }) => {
        const { jobId } = JSON.parse(body);
        const job = aJob({ jobId, deadlineAtMs: nowMs + MINUTE_MS, message: { tenantId: tenantId() } });
        await workersStore().claim({ job, claimId: 'claim-1', nowMs, leaseUntilMs: nowMs + 1_000 });
        claimed.resolve();
      },
    };
    expect(await submitted({ key: undefined })).toMatchObject({ status: 'running', claimId: 'claim-1' });
  });

  it('does not say that a job without a name is accepted when its message was not sent', async () => {
    isLaneDown = true;
    await expect(submitJob(ports, order({ key: undefined }))).rejects.toThrow('down');
  });

  it('does not send again what a worker has taken', async () => {
    const { jobId } = await submitted();
    const store = workersStore();
    const job = aJob({ jobId, deadlineAtMs: nowMs + MINUTE_MS, message: { tenantId: tenantId() } });
    await store.claim({ job, claimId: 'claim-1', nowMs, leaseUntilMs: nowMs + 1_000 });
    await submitted();
    expect(sent).toHaveLength(1);
  });

  it('turns away whom the budget leaves no money, but not a job that was accepted before', async () => {
    const { jobId } = await submitted();
    isSpent = true;
    expect(await submitted()).toMatchObject({ jobId });
    expect(await submitJob(ports, order({ key: 'key-2' }))).toMatchObject({
      name: 'budget-exhausted',
      retryAfterSeconds: 60,
    });
  });

  it('turns away a tenant that is too fast, and says until when', async () => {
    isFull = true;
    expect(await submitJob(ports, order())).toMatchObject({
      name: 'too-many-requests',
      retryAfterSeconds: 2,
    });
  });

  it.each([
    ['a deadline that has passed', { body: aBody({ deadlineAt: '2020-01-01T00:00:00Z' }) }, 'deadlineAt'],
    ['a key beside a jobId', { body: aBody({ jobId: 'j1' }) }, 'jobId'],
    ['two keys', { body: aBody({ idempotencyKey: 'other' }) }, 'idempotencyKey'],
  ])('refuses %s', async (_what, changes, field) => {
    expect(await submitJob(ports, order(changes))).toMatchObject({
      name: 'invalid-request',
      faults: [{ field }],
    });
    expect(sent).toEqual([]);
  });

  it('refuses a job that would be too large for its lane once it is named', async () => {
    const messages = Array.from({ length: 3 }, () => ({
      role: 'user' as const,
      content: 'x'.repeat(87_300),
    }));
    expect(await submitJob(ports, order({ body: aBody({ input: { messages } }) }))).toMatchObject({
      name: 'too-large',
    });
  });

  it('sends characters that SQS has no way to carry, as JSON can say them', async () => {
    const content = 'x\uFFFE\uFFFF';
    await submitted({ body: aBody({ input: { messages: [{ role: 'user', content }] } }) });
    expect(sent[0]?.body).not.toMatch(/[\uFFFE\uFFFF]/);
    expect(await opened(sent[0])).toMatchObject({ message: { input: { messages: [{ content }] } } });
  });

  it('knows a job that was accepted in time, even when it is ordered again too late', async () => {
    const body = aBody({ deadlineAt: new Date(nowMs + MINUTE_MS).toISOString() });
    const caller = order().caller;
    const { jobId } = await submitted({ caller, body });
    nowMs += 2 * MINUTE_MS;
    expect(await submitJob(ports, order({ caller, body }))).toMatchObject({ record: { jobId } });
    expect(sent).toHaveLength(1);
    expect(await submitJob(ports, order({ caller, body, key: 'key-2' }))).toMatchObject({
      faults: [{ field: 'deadlineAt' }],
    });
  });

  it('has one idea of a job that nobody took by its deadline: it is expired', async () => {
    const caller = order().caller;
    const { jobId } = await submitted({ caller });
    nowMs += 3 * MINUTE_MS;
    const key = { jobId, tenantId: caller.tenantId };
    expect(await cancelJob(ports, key)).toMatchObject({
      name: 'wrong-state',
      detail: expect.stringContaining('expired'),
    });
    expect(await retryJob(ports, key)).toMatchObject({
      name: 'wrong-state',
      detail: expect.stringContaining('content'),
    });
    const index = createJobsIndex({
      client: tables.client,
      tableName: tables.jobs,
      indexName: TENANT_JOBS_INDEX,
    });
    const found = async (status: 'queued' | 'expired') => {
      const page = await listJobs(index, caller.tenantId, { status, limit: 5 }, nowMs);
      return page.kind === 'page' ? page.records.map((record) => record.jobId) : page;
    };
    expect(await found('queued')).toEqual([]);
    expect(await found('expired')).toEqual([jobId]);
  });

  it('submits the others of a batch when one fails, and starts none that there is no time for', async () => {
    const jobs = [1, 2, 3].map((index) => ({ ...aBody(), jobId: `batch-${nowMs}-${index}` }));
    const accept = ports.jobs.accept;
    const failing = { ...ports.jobs, accept: ports.jobs.accept };
    failing.accept = async (job, hash) => {
      if (job.jobId.endsWith('-2')) throw new Error('broken');
      return accept(job, hash);
    };
    const around = { caller: order().caller, traceparent: undefined, requestId: 'r1' };
    const batch = { ...around, jobs, remainingMs: () => 20_000 };
    const items = await submitBatch({ ...ports, jobs: failing }, batch);
    expect(items.map(({ kind }) => kind)).toEqual(['accepted', 'refused', 'accepted']);
    expect(faults).toHaveLength(1);
    const late = await submitBatch(ports, { ...batch, remainingMs: () => 100 });
    expect(late.every((item) => item.kind === 'refused' && item.problem.status === 503)).toBe(true);
  });

  describe('of which some failed', () => {
    const failedJob = async () => {
      const { jobId } = await submitted();
      const store = workersStore();
      const { message } = (await opened(sent[0])) ?? {};
      const deadlineAtMs = Date.parse(message?.deadlineAt ?? '');
      const job = aJob({ jobId, lane: 'high', deadlineAtMs, ...(message && { message }) });
      await store.claim({ job, claimId: 'claim-1', nowMs, leaseUntilMs: nowMs + 1_000 });
      const ending = { status: 'failed', reason: 'transient' } as const;
      await store.finish(job, 'claim-1', await endAs(job, ending), 1_000);
      sent = [];
      return { key: { jobId, tenantId: tenantId() }, store, job };
    };

    it('runs one again with the same words and a new deadline, and forgets them once it has an answer', async () => {
      const { key, store, job } = await failedJob();
      nowMs += MINUTE_MS;
      const retried = await retryJob(ports, key);
      expect(retried).toMatchObject({ record: { status: 'queued', deadlineAtMs: nowMs + 2 * MINUTE_MS } });
      expect(await opened(sent[0])).toMatchObject({ message: { input: aBody().input, jobId: key.jobId } });
      const retry = { ...job, deadlineAtMs: nowMs + 2 * MINUTE_MS };
      await store.claim({ job: retry, claimId: 'claim-2', nowMs, leaseUntilMs: nowMs + 1_000 });
      const answer = { source: 'default', text: 'x', aiGenerated: false } as const;
      await store.finish(job, 'claim-2', await endAs(job, { status: 'succeeded', answer }), 1_000);
      const ended = await ports.jobs.read(key);
      expect(ended?.status).toBe('succeeded');
      expect(ended?.message).toBeUndefined();
    });

    it('sends the message of one whose retry was killed before it, when it is retried again', async () => {
      const { key } = await failedJob();
      isLaneDown = true;
      await expect(retryJob(ports, key)).rejects.toThrow('down');
      isLaneDown = false;
      expect(await retryJob(ports, key)).toMatchObject({ record: { status: 'queued' } });
      expect(sent).toHaveLength(1);
    });

    it('gives a new deadline to one whose retry was killed and whose deadline has passed since', async () => {
      const { key } = await failedJob();
      isLaneDown = true;
      await expect(retryJob(ports, key)).rejects.toThrow('down');
      isLaneDown = false;
      nowMs += 10 * MINUTE_MS;
      expect(await retryJob(ports, key)).toMatchObject({ record: { deadlineAtMs: nowMs + 2 * MINUTE_MS } });
      expect(sent).toHaveLength(1);
    });

    it('runs one again so often and no more: what each run leaves on its row must find room', async () => {
      const { key, store, job } = await failedJob();
      for (let retries = 0; retries < 20; retries += 1) {
        nowMs += 1_000;
        expect(await retryJob(ports, key)).toMatchObject({ record: { retries: retries + 1 } });
        const claimId = `claim-${retries + 2}`;
        const deadlineAtMs = nowMs + MINUTE_MS;
        await store.claim({ job: { ...job, deadlineAtMs }, claimId, nowMs, leaseUntilMs: nowMs + 1_000 });
        const ending = { status: 'failed', reason: 'transient' } as const;
        await store.finish(job, claimId, await endAs(job, ending), 1_000);
      }
      expect(await retryJob(ports, key)).toMatchObject({
        name: 'wrong-state',
        detail: expect.stringContaining('20'),
      });
    });

    it('neither retries what was canceled nor cancels what has ended', async () => {
      const { jobId } = await submitted();
      const key = { jobId, tenantId: tenantId() };
      expect(await cancelJob(ports, key)).toMatchObject({ body: { effect: 'before-start' } });
      expect(await cancelJob(ports, key)).toMatchObject({ body: { effect: 'before-start' } });
      expect(await retryJob(ports, key)).toMatchObject({ name: 'wrong-state' });
      expect(told).toEqual([
        expect.objectContaining({ jobId, status: 'canceled', reason: 'canceled-by-caller' }),
      ]);
      nowMs += 1; // another tenant
      sent = [];
      const failed = await failedJob();
      expect(await cancelJob(ports, failed.key)).toMatchObject({ name: 'wrong-state' });
    });
  });

  it('lists every job once, page by page, newest first, whatever is asked for', async () => {
    const caller = order().caller;
    for (let index = 0; index < 23; index += 1) {
      await submitJob(
        ports,
        order({ caller, key: `key-${index}`, body: aBody({ priority: index % 3 === 0 ? 'low' : 'high' }) }),
      );
      if (index % 4 === 0) nowMs += 1; // some at the same instant
    }
    const index = createJobsIndex({
      client: tables.client,
      tableName: tables.jobs,
      indexName: TENANT_JOBS_INDEX,
    });
    const pages = async (query: { lane?: 'low' | 'high'; limit: number }) => {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listJobs(index, caller.tenantId, { ...query, ...(cursor && { cursor }) }, nowMs);
        if (page.kind === 'problem') throw new Error(page.detail);
        ids.push(...page.records.map(({ jobId }) => jobId));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return ids;
    };
    const all = await pages({ limit: 5 });
    expect(new Set(all).size).toBe(23);
    expect(all).toHaveLength(23);
    expect(await pages({ limit: 100 })).toEqual(all);
    const low = await pages({ lane: 'low', limit: 3 });
    expect(low).toHaveLength(8);
    expect(all.filter((id) => low.includes(id))).toEqual(low);
    expect(await listJobs(index, 'another tenant', { limit: 5 }, nowMs)).toEqual({
      kind: 'page',
      records: [],
    });
  });
});
