import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Ending, ModelAnswer } from '../../lib/pipeline/job/job.ts';
import { periodsOf } from '../../lib/pipeline/money/ledger.ts';
import { LATE, tenantDayOf } from '../../lib/pipeline/money/totals.ts';
import { begun } from '../../lib/pipeline/privacy/request-plan.ts';
import { createJobsIndex } from '../../lib/runtime/api/jobs-index.ts';
import { createJobsTable } from '../../lib/runtime/api/jobs-table.ts';
import { createDynamoDbDeliveries } from '../../lib/runtime/dynamodb-deliveries.ts';
import { createDynamoDbFleetStore } from '../../lib/runtime/dynamodb-fleet-store.ts';
import { createDynamoDbJobStore } from '../../lib/runtime/dynamodb-job-store.ts';
import { createDayTotals } from '../../lib/runtime/ledger/day-totals.ts';
import { createLedgerTable } from '../../lib/runtime/ledger/ledger-table.ts';
import { createSpentOn } from '../../lib/runtime/ledger/spent-on.ts';
import { createTotalsTable } from '../../lib/runtime/ledger/totals-table.ts';
import type { PrivacyRecord } from '../../lib/runtime/privacy/privacy-record.ts';
import { createPrivacyTable } from '../../lib/runtime/privacy/privacy-table.ts';
import { TENANT_JOBS_INDEX } from '../../lib/stacks/data-stack.ts';
import { aJob } from '../builders.ts';
import { type LocalTables, startLocalTables } from '../runtime/local-tables.ts';

let tables: LocalTables;

beforeAll(async () => {
  tables = await startLocalTables();
});
afterAll(() => tables.stop());

const RETENTION_SECONDS = 600;
const START_MS = 1_795_000_000_000;

/** Rows of a minute at `START_MS` are there until this instant, and no longer, whenever the table deletes them. */
const END_MS = START_MS + RETENTION_SECONDS * 1000;

let nowMs = START_MS;
const now = () => nowMs;

beforeEach(() => {
  nowMs = START_MS;
});

const kept = () => ({ client: tables.client, retentionSeconds: RETENTION_SECONDS, now });

/** Reads just before a row's end and at it. `read` resolves to how much it has found. */
const expectGoneAtEnd = async (read: () => Promise<number>) => {
  nowMs = END_MS - 1;
  expect(await read()).toBeGreaterThan(0);
  nowMs = END_MS;
  expect(await read()).toBe(0);
};

const job = (jobId: string) => aJob({ jobId, enqueuedAtMs: START_MS, deadlineAtMs: START_MS + 60_000 });

const put = (table: string, item: Record<string, unknown>) =>
  tables.client.send(
    new PutItemCommand({ TableName: table, Item: marshall({ ...item, expiresAt: END_MS / 1000 }) }),
  );

describe('what has expired, and is not deleted yet, is gone for', () => {
  const jobs = () => createJobsTable({ ...kept(), tableName: tables.jobs });

  it('a look at a job, its list, and a new job of its name, which begins without anything of it', async () => {
    const { message } = job('reader');
    await jobs().accept(job('reader'), 'hash');
    const key = { tenantId: message.tenantId, jobId: 'reader' };
    const index = createJobsIndex({
      client: tables.client,
      tableName: tables.jobs,
      indexName: TENANT_JOBS_INDEX,
    });
    const search = { tenantId: message.tenantId, fromMs: 0, toMs: 8e15 };
    await expectGoneAtEnd(async () => Number((await jobs().read(key)) !== undefined));
    await expectGoneAtEnd(async () => (await index.search({ ...search, nowMs }, 10)).records.length);
    const again = { ...job('reader'), enqueuedAtMs: nowMs };
    expect(await jobs().accept(again, 'other hash')).toMatchObject({
      kind: 'applied',
      record: { enqueuedAtMs: END_MS, bodyHash: 'other hash' },
    });
  });

  it('a search for an answer that was given before', async () => {
    const store = createDynamoDbJobStore({ ...kept(), tableName: tables.jobs, answerFreshForMs: 1e9 });
    const asked = job('answered');
    await store.claim({ job: asked, claimId: 'c', nowMs, leaseUntilMs: nowMs + 1 });
    const answer: ModelAnswer = {
      ...{ source: 'model', text: 'Coucou', aiGenerated: true, model: 'claude', provider: 'anthropic' },
      ...{ modelId: 'claude-haiku-5-5', generatedAtMs: nowMs },
    };
    const ending: Ending = { status: 'succeeded', answer };
    await store.finish(
      asked,
      'c',
      {
        ending,
        kept: { answer: new Uint8Array([1]), answerKey: 'key' },
        endedAtMs: nowMs,
        attempts: [],
        skips: [],
      },
      5_000,
    );
    const find = () => store.findAnswer('key', AbortSignal.timeout(30_000));
    await expectGoneAtEnd(async () => Number((await find()) !== undefined));
  });

  it('a look at the request of a person', async () => {
    const requests = createPrivacyTable({ ...kept(), tableName: tables.privacy });
    const request: PrivacyRecord = {
      ...{ tenantId: 'tenant-a', requestId: 'request', right: 'access', subjectKind: 'fan' },
      ...{ subjectRef: 'fan', status: 'received', receivedAtMs: START_MS, dueOn: '2026-12-26' },
      ...{ recordedAtMs: START_MS, recordedBy: 'client', auditId: 'audit', bodyHash: 'hash' },
      ...{ progress: begun(START_MS), version: 0, parts: [] },
    };
    await requests.record(request);
    await expectGoneAtEnd(async () => Number((await requests.read(request)) !== undefined));
    const later = { ...request, auditId: 'other', recordedAtMs: nowMs };
    expect(await requests.record(later)).toMatchObject({ isNew: true });
  });

  it('whoever reads what the fleet shares', async () => {
    const fleet = createDynamoDbFleetStore({ client: tables.client, tableName: tables.fleet, now });
    await fleet.replace({ family: 'family', name: 'name' }, 0, {}, RETENTION_SECONDS * 1000);
    await expectGoneAtEnd(async () => (await fleet.list('family')).length);
    await put(tables.fleet, { family: 'delivery', name: 'low', sentAtMs: 1, atMs: 1 });
    const deliveries = createDynamoDbDeliveries({ client: tables.client, tableName: tables.fleet, now });
    await expectGoneAtEnd(async () => (await deliveries.list()).size);
  });

  it('whoever reads accounts', async () => {
    const options = { ...kept(), ledgerTable: tables.ledger, totalsTable: tables.totals };
    const hour = '2026-11-18T08';
    const day = '2026-11-18';
    const [period = ''] = periodsOf(hour);
    const call = { lane: 'low', model: 'claude', provider: 'anthropic', modelId: 'm', tier: 'default' };
    const told = { ...call, tenantId: 't', traceId: 'trace', basis: 'measured', atMs: START_MS };
    await put(tables.ledger, { period, entry: 'call', ...told });
    await put(tables.totals, {
      tenantDay: tenantDayOf('t', day),
      hour,
      cells: JSON.stringify([call]),
      costMicroUsd: 1,
    });
    await put(tables.totals, { tenantDay: LATE, hour, markedAtMs: START_MS });
    const days = createDayTotals(options);
    await expectGoneAtEnd(async () => (await createLedgerTable(options).read(hour)).length);
    await expectGoneAtEnd(async () => (await days.cellsOf(tenantDayOf('t', day))).length);
    await expectGoneAtEnd(() => createSpentOn({ ...options, retryMs: 5_000 })('t', day));
    await expectGoneAtEnd(async () => (await createTotalsTable(options).lateHours()).length);
  });
});

/** Reads that see what has expired, and why that may be. */
const exempt: Readonly<Record<string, string>> = {
  'lib/runtime/dynamodb-job-store.ts':
    'words of state alone, never content: a message that comes back late must not run its job again',
  'lib/runtime/privacy/audit-trail.ts': 'links of a chain, without content and without a person',
  'lib/runtime/vault/subject-rows.ts': 'has the same filter over what it reads in batches',
};

it('no read of a table escapes the filter', () => {
  const readers = readdirSync('lib/runtime', { recursive: true, encoding: 'utf8' })
    .map((name) => join('lib/runtime', name))
    .filter((file) => file.endsWith('.ts'))
    .filter((file) =>
      /new (GetItem|BatchGetItem|Query|Scan|TransactGetItems)Command/.test(readFileSync(file, 'utf8')),
    );
  expect(readers.length).toBeGreaterThan(8);
  const open = readers.filter((file) => !/\bliveItems?\(/.test(readFileSync(file, 'utf8')));
  expect(open.sort()).toEqual(Object.keys(exempt).sort());
});
