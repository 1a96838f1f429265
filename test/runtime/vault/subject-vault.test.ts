import { paginateScan } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import type { ContentPlace, SubjectVault } from '../../../lib/pipeline/ports.ts';
import type { Subject, Subjects } from '../../../lib/pipeline/privacy/subject.ts';
import { DAY_MS } from '../../../lib/pipeline/utc.ts';
import { sha256 } from '../../../lib/runtime/sha256.ts';
import { createSubjectVault } from '../../../lib/runtime/vault/subject-vault.ts';
import { inMemoryVault } from '../../../lib/simulation/in-memory-vault.ts';
import { type LocalTables, startLocalTables } from '../local-tables.ts';
import { KEY, startLocalKms } from './local-kms.ts';

const START_MS = Date.parse('2026-11-22T12:00:00Z');
let tables: LocalTables;
let kms: Awaited<ReturnType<typeof startLocalKms>>;
let kmsCalls: string[] = [];
let nowMs = START_MS;
let tenants = 0;

beforeAll(async () => {
  tables = await startLocalTables();
  kms = await startLocalKms(({ action }) => void kmsCalls.push(action));
});

afterAll(async () => {
  await kms.stop();
  await tables.stop();
});

beforeEach(() => {
  kmsCalls = [];
  nowMs = START_MS;
});

const dynamoDbVault = (client = tables.client): SubjectVault =>
  createSubjectVault({ client, tableName: tables.subjectKeys, keyId: KEY, now: () => nowMs });

/** Each test has a tenant of its own. */
const someSubjects = (changes: Partial<Subjects> = {}): Subjects => ({
  tenantId: `tenant-${tenants++}`,
  creatorId: 'creator-1',
  subjectRefs: ['fan-1', 'fan-2'],
  ...changes,
});
const answerOf = ({ tenantId }: Subjects, id = 'job-1'): ContentPlace => ({ what: 'answer', tenantId, id });
const fan = ({ tenantId }: Subjects, ref = 'fan-1'): Subject => ({ tenantId, kind: 'fan', ref });

describe.each([
  ['in DynamoDB, wrapped by KMS', () => dynamoDbVault()],
  ['in memory', () => inMemoryVault(() => nowMs)],
])('keys of subjects %s', (_, createVault) => {
  let vault: SubjectVault;
  beforeEach(() => {
    vault = createVault();
  });

  it('open what was sealed for the same subjects, named in any order and more than once', async () => {
    const subjects = someSubjects();
    const sealed = (await vault.take(subjects, nowMs)).seal(answerOf(subjects), 'Coucou 🐰');
    const again = await vault.read({ ...subjects, subjectRefs: ['fan-2', 'fan-1', 'fan-2'] });
    expect(again.open(answerOf(subjects), sealed)).toEqual({ kind: 'opened', text: 'Coucou 🐰' });
  });

  it.each<[string, (subjects: Subjects) => Subjects]>([
    ['another creator', (subjects) => ({ ...subjects, creatorId: 'creator-2' })],
    ['fewer fans', (subjects) => ({ ...subjects, subjectRefs: ['fan-1'] })],
    ['more fans', (subjects) => ({ ...subjects, subjectRefs: ['fan-1', 'fan-2', 'fan-3'] })],
    ['another tenant', (subjects) => ({ ...subjects, tenantId: `${subjects.tenantId}-b` })],
    ['a fan of the creator’s name', (subjects) => ({ ...subjects, subjectRefs: ['fan-1', 'creator-1'] })],
  ])('do not open it for %s', async (_, changed) => {
    const subjects = someSubjects();
    const sealed = (await vault.take(subjects, nowMs)).seal(answerOf(subjects), 'Coucou');
    const other = await vault.take(changed(subjects), nowMs);
    expect(other.open(answerOf(subjects), sealed)).toEqual({ kind: 'erased' });
  });

  it('refuse a text that has been put into another row', async () => {
    const subjects = someSubjects();
    const ring = await vault.take(subjects, nowMs);
    const sealed = ring.seal(answerOf(subjects), 'Coucou');
    expect(() => ring.open(answerOf(subjects, 'job-2'), sealed)).toThrow();
    expect(() => ring.open({ ...answerOf(subjects), what: 'message' }, sealed)).toThrow();
  });

  it.each<[string, (subjects: Subjects) => Subject]>([
    ['a fan', (subjects) => fan(subjects)],
    ['the creator', ({ tenantId, creatorId }) => ({ tenantId, kind: 'creator', ref: creatorId })],
    ['the tenant', ({ tenantId }) => ({ tenantId, kind: 'tenant', ref: tenantId })],
  ])('open nothing once that of %s is destroyed, and seal anew what comes later', async (_, erased) => {
    const subjects = someSubjects();
    const before = await vault.take(subjects, nowMs);
    const sealed = before.seal(answerOf(subjects), 'Coucou');
    await vault.destroy(erased(subjects), nowMs);
    expect((await vault.read(subjects)).open(answerOf(subjects), sealed)).toEqual({ kind: 'erased' });
    expect((await vault.take(subjects, nowMs)).standing(nowMs)).toBe('erased');

    const later = await vault.take(subjects, nowMs + 1);
    expect(later.standing(nowMs + 1)).toBe('clear');
    const anew = later.seal(answerOf(subjects), 'Re-coucou');
    const found = await vault.read(subjects);
    expect(found.open(answerOf(subjects), anew)).toEqual({ kind: 'opened', text: 'Re-coucou' });
    expect(found.open(answerOf(subjects), sealed)).toEqual({ kind: 'erased' });
    expect(found.open(answerOf(subjects), before.seal(answerOf(subjects), 'late'))).toEqual({
      kind: 'erased',
    });
  });

  it('leave other subjects what is theirs', async () => {
    const subjects = someSubjects({ subjectRefs: ['fan-2'] });
    const sealed = (await vault.take(subjects, nowMs)).seal(answerOf(subjects), 'Coucou');
    await vault.take({ ...subjects, subjectRefs: ['fan-1'] }, nowMs);
    await vault.destroy(fan(subjects), nowMs);
    expect((await vault.read(subjects)).open(answerOf(subjects), sealed).kind).toBe('opened');
  });

  it('are destroyed once by one erasure, however often it is repeated', async () => {
    const subjects = someSubjects();
    await vault.destroy(fan(subjects), nowMs);
    const later = await vault.take(subjects, nowMs + 1);
    const sealed = later.seal(answerOf(subjects), 'Coucou');
    await vault.destroy(fan(subjects), nowMs);
    expect((await vault.read(subjects)).open(answerOf(subjects), sealed).kind).toBe('opened');
  });

  it('stay while a subject is restricted, which shows until it is lifted', async () => {
    const subjects = someSubjects();
    const sealed = (await vault.take(subjects, nowMs)).seal(answerOf(subjects), 'Coucou');
    await vault.restrict(fan(subjects), true);
    const restricted = await vault.take(subjects, nowMs + 1);
    expect(restricted.standing(nowMs + 1)).toBe('restricted');
    expect(restricted.open(answerOf(subjects), sealed).kind).toBe('opened');
    await vault.restrict(fan(subjects), false);
    expect((await vault.read(subjects)).standing(nowMs)).toBe('clear');
  });

  it('name a text the same for all of a tenant, and otherwise for another', async () => {
    const subjects = someSubjects();
    const names = await Promise.all(
      [subjects, { ...subjects, subjectRefs: [] }, someSubjects()].map(async (of) =>
        (await vault.take(of, nowMs)).fingerprint('Bonjour'),
      ),
    );
    expect(names[0]).toBe(names[1]);
    expect(names[0]).not.toBe(names[2]);
  });
});

it('give names that nobody can compute, of less than the 64 characters that OpenAI takes', async () => {
  const ring = await dynamoDbVault().take(someSubjects(), nowMs);
  expect(ring.fingerprint('Bonjour')).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(ring.fingerprint('Bonjour')).not.toBe(sha256('Bonjour'));
});

it('carry any text', async () => {
  const subjects = someSubjects();
  const ring = await dynamoDbVault().take(subjects, nowMs);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 2_000 }), (text) => {
      const opened = ring.open(answerOf(subjects), ring.seal(answerOf(subjects), text));
      expect(opened).toEqual({ kind: 'opened', text });
    }),
  );
});

it('notice a change of any bit', async () => {
  const subjects = someSubjects();
  const ring = await dynamoDbVault().take(subjects, nowMs);
  const sealed = ring.seal(answerOf(subjects), 'Coucou');
  const kindOf = (bytes: Uint8Array): string => {
    try {
      return ring.open(answerOf(subjects), bytes).kind;
    } catch {
      return 'refused';
    }
  };
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Uint8Array.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(['refused', 'erased']).toContain(kindOf(changed));
  }
});

const manyFans = (count: number) => Array.from({ length: count }, (_, at) => `fan-${at}`);

describe('the table of keys', () => {
  const items = async () => {
    const found = [];
    for await (const { Items = [] } of paginateScan(
      { client: tables.client },
      { TableName: tables.subjectKeys },
    ))
      found.push(...Items);
    return found;
  };

  it('names nobody, and has no trace of a key that was destroyed', async () => {
    const subjects = someSubjects({ creatorId: 'canary-creator', subjectRefs: ['canary-fan'] });
    const vault = dynamoDbVault();
    await vault.take(subjects, nowMs);
    const before = await items();
    await vault.destroy(fan(subjects, 'canary-fan'), nowMs);
    const after = await items();
    expect(JSON.stringify([before, after])).not.toMatch(/canary/);
    expect(JSON.stringify(after)).not.toContain(subjects.tenantId);
    expect(after.filter(({ wrappedKey }) => wrappedKey)).toHaveLength(
      before.filter(({ wrappedKey }) => wrappedKey).length - 1,
    );
  });

  it('is read once for a job whose subjects are known, and KMS is asked once per tenant in five minutes', async () => {
    const subjects = someSubjects();
    await dynamoDbVault().take(subjects, nowMs);
    expect(kmsCalls.filter((action) => action === 'GenerateDataKey')).toHaveLength(1);
    kmsCalls = [];
    const vault = dynamoDbVault(); // as another environment has it
    await Promise.all([vault.take(subjects, nowMs), vault.take(subjects, nowMs)]);
    const sent: string[] = [];
    tables.client.middlewareStack.add(
      (next, { commandName = '' }) =>
        async (call) => {
          sent.push(commandName);
          return next(call);
        },
      { step: 'initialize', name: 'counted', override: true },
    );
    await vault.take(subjects, nowMs);
    tables.client.middlewareStack.remove('counted');
    expect({ kmsCalls, sent }).toEqual({ kmsCalls: ['Decrypt'], sent: ['BatchGetItemCommand'] });
    nowMs += 300_000;
    await vault.take(subjects, nowMs);
    expect(kmsCalls).toEqual(['Decrypt', 'Decrypt']);
  });

  it('has room for as many as a job may have', async () => {
    const subjects = someSubjects({ subjectRefs: manyFans(100) });
    const vault = dynamoDbVault();
    const sealed = (await vault.take(subjects, nowMs)).seal(answerOf(subjects), 'Coucou');
    expect((await vault.read(subjects)).open(answerOf(subjects), sealed).kind).toBe('opened');
  });

  it('keeps a key that is in use, and not one that nobody has used for 35 days', async () => {
    const subjects = someSubjects();
    const vault = dynamoDbVault();
    const sealed = (await vault.take(subjects, nowMs)).seal(answerOf(subjects), 'Coucou');
    const openedAfter = async (days: number) => {
      nowMs += days * DAY_MS;
      return (await vault.take(subjects, nowMs)).open(answerOf(subjects), sealed).kind;
    };
    expect(await openedAfter(10)).toBe('opened');
    expect(await openedAfter(34)).toBe('opened');
    expect(await openedAfter(35)).toBe('erased');
  });

  it('gives one key to many who ask for it at once, and to who asks again after a lost reply', async () => {
    const subjects = someSubjects({ subjectRefs: manyFans(10) });
    const rings = await Promise.all(
      [tables.client, tables.newClient(), tables.forgetfulClient()].map((client) =>
        dynamoDbVault(client).take(subjects, nowMs),
      ),
    );
    const [first] = rings.map((ring) => ring.seal(answerOf(subjects), 'Coucou'));
    for (const ring of rings)
      expect(ring.open(answerOf(subjects), first ?? new Uint8Array()).kind).toBe('opened');
  });
});
