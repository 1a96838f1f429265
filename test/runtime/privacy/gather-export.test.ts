import { carryOut } from '../../../lib/runtime/privacy/carry-out.ts';
import { type GatherPorts, gather, seal } from '../../../lib/runtime/privacy/gather-export.ts';
import type { PrivacyRecord } from '../../../lib/runtime/privacy/privacy-record.ts';
import type { PrivacyDesk } from '../../../lib/runtime/privacy/privacy-table.ts';
import { createSubjectJobs } from '../../../lib/runtime/privacy/subject-jobs.ts';
import { aMessage } from '../../builders.ts';
import { aRequest, NOW_MS, type PrivacyWorld, privacyDeskOf, startPrivacyWorld } from './privacy-world.ts';

let world: PrivacyWorld;
let requests: PrivacyDesk;

beforeAll(async () => {
  world = await startPrivacyWorld();
  requests = privacyDeskOf(world);
  for (let job = 0; job < 30; job += 1)
    await world.endJob(
      { subjectRefs: job % 3 === 0 ? ['fan-7', 'fan-8'] : ['fan-8'], creatorId: `creator-${job % 2}` },
      job % 2 === 0 ? 'answered' : 'failed',
    );
  await world.endJob({ tenantId: 'tenant-b', subjectRefs: ['fan-7'] });
  world.setAside(JSON.stringify(aMessage({ subjectRefs: ['fan-7'], metadata: { set: 'aside' } })));
  world.setAside(JSON.stringify(aMessage({ subjectRefs: ['fan-8'] })));
  world.setAside('{"tenantId": "tenant-a", "subjectRefs": ["fan-7"], "is no": "job"}');
  world.setAside('no JSON');
});
afterAll(() => world.stop());

const portsOf = (): GatherPorts => {
  const jobs = createSubjectJobs({
    client: world.tables.client,
    tableName: world.tables.jobs,
    indexName: 'tenant-jobs',
    now: () => NOW_MS,
    mostScanned: 7,
  });
  return {
    ...{ jobs, desk: world.desk, requests, bucket: world.bucket, vault: world.vault },
    now: () => NOW_MS,
    keptForMs: 86_400_000,
  };
};

const round = (desk: PrivacyDesk = requests, nowMs = NOW_MS) =>
  carryOut({
    requests: desk,
    hands: { gather: (record) => gather(portsOf(), record), seal: (record) => seal(portsOf(), record) },
    now: () => nowMs,
    settleMs: 0,
    remainingMs: () => 100_000,
    onDone: async () => undefined,
    tell: async () => undefined,
    onFault: () => undefined,
  });

const answered = async (changes: Partial<PrivacyRecord>, desk = requests): Promise<PrivacyRecord> => {
  const { record } = await requests.record(aRequest(changes));
  for (let rounds = 0; rounds < 40; rounds += 1) {
    await round(desk);
    const now = await requests.read(record);
    if (now?.status === 'completed') return now;
  }
  throw new Error('it is not answered');
};

const linesOf = async ({ exportFolder = '' }: PrivacyRecord) => (await world.readExport(exportFolder)).lines;

describe('an export', () => {
  it('has every job, dead letter and request of a fan of one tenant, and nothing of others', async () => {
    const record = await answered({});
    const lines = await linesOf(record);
    const counts = Object.entries(Object.groupBy(lines, ({ kind }) => kind)).map(([kind, of]) => [
      kind,
      of.length,
    ]);
    expect(Object.fromEntries(counts)).toEqual({ job: 10, 'dead-letter': 2, 'privacy-request': 1 });
    const jobs = lines.filter((line) => line.kind === 'job');
    expect(jobs.every(({ subjectRefs }) => subjectRefs.includes('fan-7'))).toBe(true);
    for (const { answer, message } of jobs)
      expect(answer ?? message).toMatchObject(answer ? { text: 'Coucou' } : { input: aMessage().input });
    expect(JSON.stringify(lines)).not.toContain('tenant-b');
  });

  it('is of a creator, and of a tenant', async () => {
    const creator = await linesOf(await answered({ subjectKind: 'creator', subjectRef: 'creator-1' }));
    expect(creator.filter(({ kind }) => kind === 'job')).toHaveLength(15);
    const tenant = await linesOf(await answered({ subjectKind: 'tenant', subjectRef: 'tenant-a' }));
    expect(tenant.filter(({ kind }) => kind === 'job')).toHaveLength(30);
    expect(tenant.filter(({ kind }) => kind === 'dead-letter')).toHaveLength(3);
  });

  it('to be taken elsewhere has what was provided, and nothing that was derived of it', async () => {
    const lines = await linesOf(await answered({ right: 'portability' }));
    for (const line of lines.filter(({ kind }) => kind === 'job')) {
      expect(Object.keys(line)).toEqual(expect.arrayContaining(['kind', 'jobId', 'acceptedAt']));
      for (const derived of ['answer', 'status', 'recipients', 'costMicroUsd'])
        expect(line).not.toHaveProperty(derived);
    }
  });

  it('is the same when every write of its progress is lost once', async () => {
    let writes = 0;
    const dying: PrivacyDesk = {
      ...requests,
      change: async (...change) => {
        writes += 1;
        return writes % 2 === 1 ? undefined : requests.change(...change);
      },
    };
    const jobsOf = async (record: PrivacyRecord) =>
      (await linesOf(record)).flatMap((line) => (line.kind === 'job' ? [line.jobId] : []));
    const whole = await jobsOf(await answered({}));
    expect(await jobsOf(await answered({}, dying))).toEqual(whole);
    expect(writes).toBeGreaterThan(10);
  });

  it('is written once by two functions that work at the same time', async () => {
    const { record } = await requests.record(aRequest());
    await Promise.all([round(), round(), round()]);
    await round();
    const now = await requests.read(record);
    const lines = await linesOf(now ?? record);
    expect(lines.filter(({ kind }) => kind === 'job')).toHaveLength(10);
  });
});

it('counts what is open, and what is late', async () => {
  const { record } = await requests.record(aRequest({ right: 'erasure' }));
  expect(await round()).toEqual({ open: 1, late: 0, errors: [] });
  expect(await round(requests, NOW_MS + 20 * 86_400_000 - 1)).toMatchObject({ late: 0 });
  expect(await round(requests, NOW_MS + 20 * 86_400_000)).toMatchObject({ late: 1 });
  expect(await requests.read(record)).toMatchObject({ status: 'received', version: 0 });
});
