import { randomUUID } from 'node:crypto';
import { type AttributeValue, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod';
import { type EndedRequest, requestEventOf } from '../../../lib/pipeline/privacy/request-event.ts';
import { tenantEvent } from '../../../lib/pipeline/webhooks/event.ts';
import { type CarryOutPorts, carryOut, type Hands } from '../../../lib/runtime/privacy/carry-out.ts';
import { type ErasePorts, fence, mark, sweep } from '../../../lib/runtime/privacy/erase.ts';
import { gather, seal } from '../../../lib/runtime/privacy/gather-export.ts';
import type { PrivacyRecord } from '../../../lib/runtime/privacy/privacy-record.ts';
import type { PrivacyDesk } from '../../../lib/runtime/privacy/privacy-table.ts';
import { beginReplay, lookAtReplay, replay } from '../../../lib/runtime/privacy/replay-erasures.ts';
import { createSubjectJobs } from '../../../lib/runtime/privacy/subject-jobs.ts';
import { createTellEnded } from '../../../lib/runtime/privacy/tell-ended.ts';
import { verifyErasure } from '../../../lib/runtime/privacy/verify-erasure.ts';
import { sha256 } from '../../../lib/runtime/sha256.ts';
import { inMemoryVault } from '../../../lib/simulation/in-memory-vault.ts';
import { aMessage } from '../../builders.ts';
import { aRequest, NOW_MS, type PrivacyWorld, privacyDeskOf, startPrivacyWorld } from './privacy-world.ts';

let world: PrivacyWorld;
let requests: PrivacyDesk;

beforeAll(async () => {
  world = await startPrivacyWorld();
  requests = privacyDeskOf(world);
});
afterAll(() => world.stop());

const SETTLE_MS = 510_000;
const clock = { nowMs: NOW_MS };
const now = () => clock.nowMs;
const vault = inMemoryVault(now);

const jobs = (mostScanned = 5) =>
  createSubjectJobs({
    client: world.tables.client,
    tableName: world.tables.jobs,
    indexName: 'tenant-jobs',
    now: () => NOW_MS,
    mostScanned,
  });

const stores = (): ErasePorts => ({
  vault,
  jobs: jobs(),
  desk: world.desk,
  requests,
  bucket: world.bucket,
  now,
});

const erasingHands = (): Hands => ({
  mark: (record, step) => mark(stores(), record, step),
  fence: (record) => fence(stores(), record),
  sweep: (record, step) => sweep(stores(), record, step),
  replay: (record, step) => replay({ jobs: jobs(2), requests, vault }, record, step),
  gather: (record) =>
    gather({ ...stores(), vault: world.vault, keptForMs: 1_000, bucket: world.bucket }, record),
  seal: (record) => seal({ ...stores(), vault: world.vault, keptForMs: 1_000, bucket: world.bucket }, record),
});

const verifyingHands = (): Hands => ({
  verify: (record) =>
    verifyErasure(
      {
        ...stores(),
        sign: async (text) => `signed ${text.length}`,
        residues: { laneMs: 1_000, sideQueueMs: 1_000, backupMs: 1_000 },
      },
      record,
    ),
});

const faults: unknown[] = [];
const told: EndedRequest[] = [];

const round = async (hands: Hands, desk: PrivacyDesk = requests) => {
  const ports: CarryOutPorts = {
    ...{ requests: desk, hands, now, settleMs: SETTLE_MS },
    remainingMs: () => 100_000,
    onDone: async () => undefined,
    tell: async (ended) => void told.push(ended),
    onFault: (_record, error) => void faults.push(error),
  };
  await carryOut(ports);
  expect(faults).toEqual([]);
};

/** Until it is over, by whoever is called next; each minute both are. */
const answered = async (record: PrivacyRecord, desk = requests): Promise<PrivacyRecord> => {
  for (let minutes = 0; minutes < 60; minutes += 1) {
    await round(erasingHands(), desk);
    await round(verifyingHands(), desk);
    const seen = await requests.read(record);
    if (seen?.completedAtMs !== undefined) return seen;
    clock.nowMs += 60_000;
  }
  throw new Error('it is not over after an hour');
};

const jobsOf = async (tenantId: string, ref: string) => {
  const found = await jobs(1_000).page({ tenantId, kind: 'fan', ref }, undefined);
  return found.jobs.map(({ jobId }) => jobId);
};

const asked = async (changes: Partial<PrivacyRecord>) =>
  (await requests.record(aRequest({ recordedAtMs: clock.nowMs, ...changes }))).record;

/** Jobs of a tenant, every third of them about the fan; dead letters, and an export. */
const prepare = async (tenantId: string) => {
  for (let job = 0; job < 12; job += 1)
    await world.endJob({ tenantId, subjectRefs: job % 3 === 0 ? ['fan-7', 'fan-8'] : ['fan-8'] });
  world.setAside(JSON.stringify(aMessage({ tenantId, subjectRefs: ['fan-7'] })));
  world.setAside(JSON.stringify(aMessage({ tenantId, subjectRefs: ['fan-8'] })));
  const exported = await answered(await asked({ tenantId, right: 'access' }));
  expect((await world.bucket.list(`${exported.auditId}/`)).length).toBeGreaterThan(1);
  return exported;
};

/** Nothing is left of the fan, and all of another one. */
const expectErased = async (tenantId: string, exported: PrivacyRecord) => {
  expect(await jobsOf(tenantId, 'fan-7')).toEqual([]);
  expect(await jobsOf(tenantId, 'fan-8')).toHaveLength(8);
  expect(world.setAsideBodies().filter((body) => body.includes(tenantId))).toHaveLength(1);
  expect(await world.bucket.list(`${exported.auditId}/`)).toEqual([]);
  expect(JSON.stringify(await requests.listOf(tenantId))).not.toContain('fan-7');
};

describe('an erasure', () => {
  it('takes all of a fan out of every store, twice, and leaves a signed receipt and what is of others', async () => {
    const exported = await prepare('tenant-e');
    const beganAtMs = clock.nowMs;
    const erasure = await answered(await asked({ tenantId: 'tenant-e', right: 'erasure' }));
    await expectErased('tenant-e', exported);
    expect(erasure).toMatchObject({
      status: 'completed',
      progress: { erased: { jobs: 4, 'dead-letters': 1, requests: 1 } },
    });
    const { requestId, right, subjectKind, completedAtMs } = erasure;
    const news = { tenantId: 'tenant-e', requestId, right, subjectKind, status: 'completed', completedAtMs };
    expect(told.filter((ended) => ended.requestId === requestId)).toEqual([expect.objectContaining(news)]);
    const { text, signature } = JSON.parse(erasure.receipt ?? '{}');
    expect(signature).toBe(`signed ${text.length}`);
    expect(JSON.parse(text).stores).toContainEqual({ store: 'jobs', strategy: 'erased', count: 4 });
    expect((erasure.completedAtMs ?? 0) - beganAtMs).toBeGreaterThanOrEqual(SETTLE_MS);
    const ring = await vault.read({ tenantId: 'tenant-e', creatorId: 'c', subjectRefs: ['fan-7'] });
    expect(ring.standing(beganAtMs)).toBe('erased');
    expect(ring.standing(clock.nowMs + 1)).toBe('clear');
  });

  it('is the same whoever dies after whatever step', async () => {
    const exported = await prepare('tenant-k');
    let writes = 0;
    const dying: PrivacyDesk = {
      ...requests,
      change: async (...change) => (++writes % 2 === 1 ? undefined : requests.change(...change)),
    };
    const erasure = await answered(await asked({ tenantId: 'tenant-k', right: 'erasure' }), dying);
    await expectErased('tenant-k', exported);
    expect(erasure).toMatchObject({ status: 'completed', receipt: expect.any(String) });
    expect(writes).toBeGreaterThan(20);
    // told before it counts as ended, so at least once, and by the same id
    const news = told.filter(({ requestId }) => requestId === erasure.requestId);
    expect(news.length).toBeGreaterThan(1);
    expect(new Set(news.map((ended) => requestEventOf(ended, sha256).eventId)).size).toBe(1);
  });

  it('finds by its second look what a late worker has left, and what came later stays', async () => {
    const erasure = await asked({ tenantId: 'tenant-l', right: 'erasure' });
    await round(erasingHands());
    const late = await world.endJob({ tenantId: 'tenant-l', subjectRefs: ['fan-7'] }); // accepted at instant 0
    await answered(erasure);
    expect(await jobsOf('tenant-l', 'fan-7')).not.toContain(late);
    const again = await world.endJob({ tenantId: 'tenant-l', subjectRefs: ['fan-7'] });
    expect(await jobsOf('tenant-l', 'fan-7')).toEqual([again]);
  });

  it('is not over while whoever verifies finds something', async () => {
    const erasure = await asked({ tenantId: 'tenant-v', right: 'erasure' });
    await round(erasingHands());
    clock.nowMs += SETTLE_MS;
    await round(erasingHands());
    await world.endJob({ tenantId: 'tenant-v', subjectRefs: ['fan-7'] });
    await round(verifyingHands());
    expect(await requests.read(erasure)).toMatchObject({ status: 'in-progress', progress: { step: 1 } });
    expect(await answered(erasure)).toMatchObject({ status: 'completed' });
    expect(await jobsOf('tenant-v', 'fan-7')).toEqual([]);
  });
});

it('that is answered is told of without a word of whom it is about, and waits while it cannot be told', async () => {
  const restriction = await asked({ tenantId: 'tenant-n', right: 'restriction' });
  const refusing = createTellEnded('arn:aws:sns:x', {
    send: async () => ({ Failed: [{ Id: '0' }] }),
  } as unknown as SNSClient);
  const calls: unknown[] = [];
  const taking = createTellEnded('arn:aws:sns:x', {
    send: async ({ input }: PublishBatchCommand) => {
      calls.push(...(input.PublishBatchRequestEntries ?? []));
      return {};
    },
  } as unknown as SNSClient);
  const ports = (tell: CarryOutPorts['tell']): CarryOutPorts => ({
    ...{ requests, hands: erasingHands(), now, settleMs: SETTLE_MS, tell },
    remainingMs: () => 100_000,
    onDone: async () => undefined,
    onFault: () => undefined,
  });
  const { errors } = await carryOut(ports(refusing));
  expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('refused') })]);
  expect(await requests.read(restriction)).toMatchObject({ status: 'received' });
  await carryOut(ports(taking));
  expect(await requests.read(restriction)).toMatchObject({ status: 'completed' });
  expect(JSON.stringify(calls)).not.toContain('fan-7');
  const [entry] = z.array(z.object({ Message: z.string() })).parse(calls);
  expect(tenantEvent.parse(JSON.parse(entry?.Message ?? ''))).toMatchObject({
    type: 'privacy-request.ended',
    right: 'restriction',
  });
});

describe('a restore that brings back what was erased', () => {
  const tablesOf = () => [world.tables.jobs, world.tables.privacy];

  /** All rows of the tenant in both tables, as a backup has them. */
  const backup = async (tenantId: string) => {
    const rows: { TableName: string; Item: Record<string, AttributeValue> }[] = [];
    for (const TableName of tablesOf()) {
      const { Items = [] } = await world.tables.client.send(new ScanCommand({ TableName }));
      rows.push(
        ...Items.filter((item) => item.tenantId?.S === tenantId).map((Item) => ({ TableName, Item })),
      );
    }
    return rows;
  };
  const restore = async (rows: Awaited<ReturnType<typeof backup>>) => {
    for (const row of rows) await world.tables.client.send(new PutItemCommand(row));
  };
  const ordered = (tenantId: string) =>
    beginReplay({ requests }, { tenantId, nowMs: clock.nowMs, newId: randomUUID() });
  const look = (tenantId: string) => lookAtReplay({ requests }, tenantId);
  const refsOf = async (tenantId: string) =>
    (await requests.listOf(tenantId)).flatMap(({ subjectRef }) => subjectRef ?? []).toSorted();

  it('is undone by the tombstones, nobody having to say who it was, and takes nothing of others', async () => {
    const tenantId = 'tenant-restored';
    await prepare(tenantId);
    await answered(await asked({ tenantId, subjectRef: 'fan-8', right: 'access' }));
    const rows = await backup(tenantId);
    await answered(await asked({ tenantId, right: 'erasure' }));
    await restore(rows);
    expect([await jobsOf(tenantId, 'fan-7'), await refsOf(tenantId)]).toMatchObject([
      { length: 4 },
      ['fan-7', 'fan-8'],
    ]);
    await answered(await ordered(tenantId));
    expect(await look(tenantId)).toEqual({ erased: 5, isWhole: true });
    expect([await jobsOf(tenantId, 'fan-7'), await refsOf(tenantId)]).toEqual([[], ['fan-8']]);
    expect(await jobsOf(tenantId, 'fan-8')).toHaveLength(8);
    await answered(await ordered(tenantId));
    expect(await look(tenantId)).toEqual({ erased: 0, isWhole: true });
  });

  it('is undone whoever dies after whatever page, and goes on where it was', async () => {
    const tenantId = 'tenant-restored-k';
    await prepare(tenantId);
    await vault.destroy({ tenantId, kind: 'fan', ref: 'fan-7' }, clock.nowMs); // as restored, all the rest is there
    const cursors: unknown[] = [];
    let writes = 0;
    const dying: PrivacyDesk = {
      ...requests,
      change: async (seen, changed) => {
        if (++writes % 2 === 1) return undefined;
        cursors.push(changed.progress.cursor);
        return requests.change(seen, changed);
      },
    };
    const replay = await ordered(tenantId);
    expect(await look(tenantId)).toEqual({ erased: 0, isWhole: false });
    await answered(replay, dying);
    expect([await jobsOf(tenantId, 'fan-7'), await refsOf(tenantId)]).toEqual([[], []]);
    expect(new Set(cursors).size).toBeGreaterThan(2); // pages of two, and none begun again from the first
  });

  it('leaves to an erasure that is open what it still has to find, and begins anew when it is ordered again', async () => {
    const tenantId = 'tenant-restored-o';
    const exported = await prepare(tenantId);
    const erasure = await asked({ tenantId, right: 'erasure' });
    await round(erasingHands());
    const replay = await ordered(tenantId);
    await round(erasingHands());
    expect(await refsOf(tenantId)).toEqual(['fan-7', 'fan-7']);
    expect(await look(tenantId)).toMatchObject({ isWhole: true });
    expect(await ordered(tenantId)).toMatchObject({ requestId: replay.requestId, progress: { step: 0 } });
    expect(await look(tenantId)).toEqual({ erased: 0, isWhole: false });
    expect(await answered(erasure)).toMatchObject({ status: 'completed' });
    await expectErased(tenantId, exported);
  });
});

it.each(['restriction', 'objection'] as const)(
  '%s has it known that jobs are not to be done',
  async (right) => {
    await answered(await asked({ tenantId: `tenant-${right}`, right }));
    const ring = await vault.read({ tenantId: `tenant-${right}`, creatorId: 'c', subjectRefs: ['fan-7'] });
    expect(ring.standing(clock.nowMs)).toBe('restricted');
  },
);

it('lifting has it known that they are again, of this person alone', async () => {
  const tenantId = 'tenant-lifting';
  for (const subjectRef of ['fan-7', 'fan-8'])
    await answered(await asked({ tenantId, subjectRef, right: 'restriction' }));
  await answered(await asked({ tenantId, right: 'lifting' }));
  const standingOf = async (ref: string) =>
    (await vault.read({ tenantId, creatorId: 'c', subjectRefs: [ref] })).standing(clock.nowMs);
  expect([await standingOf('fan-7'), await standingOf('fan-8')]).toEqual(['clear', 'restricted']);
});
