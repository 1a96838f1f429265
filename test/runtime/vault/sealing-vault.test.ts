import type { ContentPlace } from '../../../lib/pipeline/ports.ts';
import type { Subject, Subjects } from '../../../lib/pipeline/privacy/subject.ts';
import { KEPT_FOR_MS, keepRows } from '../../../lib/runtime/vault/kept-rows.ts';
import { createSealingVault } from '../../../lib/runtime/vault/sealing-vault.ts';
import { createSubjectVault } from '../../../lib/runtime/vault/subject-vault.ts';
import { type LocalTables, startLocalTables } from '../local-tables.ts';
import { KEY, startLocalKms } from './local-kms.ts';

const START_MS = Date.parse('2026-11-22T12:00:00Z');
let tables: LocalTables;
let kms: Awaited<ReturnType<typeof startLocalKms>>;
let nowMs = START_MS;
let sent: string[] = [];
let tenants = 0;

beforeAll(async () => {
  tables = await startLocalTables();
  kms = await startLocalKms();
  tables.client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (call) => {
        sent.push(commandName);
        return next(call);
      },
    { step: 'initialize', name: 'counted' },
  );
});

afterAll(async () => {
  await kms.stop();
  await tables.stop();
});

beforeEach(() => {
  nowMs = START_MS;
});

const optionsOf = () => ({
  client: tables.client,
  tableName: tables.subjectKeys,
  keyId: KEY,
  now: () => nowMs,
});

const fan = { tenantId: '', kind: 'fan', ref: 'fan-1' } satisfies Subject;
const someSubjects = (): Subjects => ({
  tenantId: `sealing-${tenants++}`,
  creatorId: 'creator-1',
  subjectRefs: [fan.ref],
});
const messageOf = ({ tenantId }: Subjects): ContentPlace => ({ what: 'message', tenantId, id: 'job-1' });

/** The commands that DynamoDB is sent meanwhile. */
const during = async (act: () => Promise<unknown>): Promise<string[]> => {
  sent = [];
  await act();
  return sent;
};

it('reads nothing for persons whom it has met, for as long as it may remember them', async () => {
  const subjects = someSubjects();
  const api = createSealingVault(optionsOf());
  await api.take(subjects, nowMs);
  nowMs += KEPT_FOR_MS - 1;
  expect(await during(() => api.take(subjects, nowMs))).toEqual([]);
  nowMs += 1;
  expect(await during(() => api.take(subjects, nowMs))).toEqual(['BatchGetItemCommand']);
});

it('seals with what it remembers as the worker opens it', async () => {
  const subjects = someSubjects();
  const api = createSealingVault(optionsOf());
  await api.take(subjects, nowMs);
  const sealed = (await api.take(subjects, nowMs)).seal(messageOf(subjects), 'Coucou');
  const worker = createSubjectVault(optionsOf());
  const opened = (await worker.take(subjects, nowMs)).open(messageOf(subjects), sealed);
  expect(opened).toEqual({ kind: 'opened', text: 'Coucou' });
});

it('meets everybody of a batch in one read', async () => {
  const first = someSubjects();
  const jobs = [first, { ...first, subjectRefs: ['fan-2'] }, { ...first, creatorId: 'creator-2' }];
  await createSubjectVault(optionsOf()).take({ ...first, subjectRefs: ['fan-1', 'fan-2'] }, nowMs);
  const api = createSealingVault(optionsOf());
  const tenant = ['BatchGetItemCommand']; // its key was never in this environment: everybody else is named by it
  expect(await during(() => api.prepare(jobs, nowMs))).toEqual([
    ...tenant,
    'BatchGetItemCommand',
    'UpdateItemCommand', // the second creator is new
  ]);
  expect(await during(() => Promise.all(jobs.map((job) => api.take(job, nowMs))))).toEqual([]);
});

describe('a key that is remembered after its person was erased', () => {
  const erasedFrom = async (kind: Subject['kind']) => {
    const subjects = someSubjects();
    const { tenantId, creatorId } = subjects;
    const api = createSealingVault(optionsOf());
    const before = (await api.take(subjects, nowMs)).seal(messageOf(subjects), 'before');
    const ref = { fan: fan.ref, creator: creatorId, tenant: tenantId }[kind];
    const others = createSubjectVault(optionsOf());
    await others.destroy({ tenantId, kind, ref }, nowMs);
    nowMs += 1_000;
    const after = (await api.take(subjects, nowMs)).seal(messageOf(subjects), 'after');
    return { subjects, api, others, before, after };
  };

  it.each(['fan', 'creator', 'tenant'] as const)(
    'seals what nobody reads, of a %s: neither the worker, which makes a new key, nor the API itself',
    async (kind) => {
      const { subjects, api, others, before, after } = await erasedFrom(kind);
      const rings = [await others.take(subjects, nowMs), await api.read(subjects)];
      for (const sealed of [before, after])
        expect(rings.map((ring) => ring.open(messageOf(subjects), sealed).kind)).toEqual([
          'erased',
          'erased',
        ]);
    },
  );

  it('opens nothing through the API, before anybody has made a new one', async () => {
    const { subjects, api, before } = await erasedFrom('fan');
    const ring = await api.read(subjects);
    expect(ring.open(messageOf(subjects), before)).toEqual({ kind: 'erased' });
    expect(ring.standing(START_MS)).toBe('erased');
  });

  it('is forgotten with age, and jobs are read again', async () => {
    const { subjects, api, others } = await erasedFrom('fan');
    nowMs = START_MS + KEPT_FOR_MS;
    const sealed = (await api.take(subjects, nowMs)).seal(messageOf(subjects), 'later');
    expect((await others.read(subjects)).open(messageOf(subjects), sealed).kind).toBe('opened');
  });
});

it('remembers no more than it may, and forgets first who was longest not asked for', async () => {
  const rowOf = (name: string) => ({ name, version: 1, expiresAt: START_MS });
  const read = async (names: readonly string[]) => new Map(names.map((name) => [name, rowOf(name)]));
  const { rows, memory } = keepRows({ read, change: async () => ({ kind: 'changed' }) }, () => nowMs, 2);
  await rows.read(['a', 'b']);
  await memory(['a']);
  await rows.read(['c']);
  expect([...(await memory(['a', 'b', 'c'])).keys()]).toEqual(['a', 'c']);
});
