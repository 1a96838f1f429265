import { createTenantLimit } from '../../../lib/pipeline/fleet/tenant-limit.ts';
import type { AuditedChange } from '../../../lib/runtime/api/audit.ts';
import { createPrivacyOperations, RIGHTS_PER_MINUTE } from '../../../lib/runtime/api/privacy-operations.ts';
import { createPrivacyTable } from '../../../lib/runtime/privacy/privacy-table.ts';
import { inMemoryFleetStore } from '../../../lib/simulation/in-memory-fleet-store.ts';
import { virtualClock } from '../../builders.ts';
import { type LocalTables, startLocalTables } from '../local-tables.ts';

let tables: LocalTables;

beforeAll(async () => {
  tables = await startLocalTables();
});
afterAll(() => tables.stop());

const NOW_MS = Date.parse('2026-11-26T09:30:00Z');

let ids = 0;

const openDesk = (client = tables.client, perMinute = RIGHTS_PER_MINUTE) => {
  const audited: AuditedChange[] = [];
  const clock = { nowMs: NOW_MS };
  const operations = createPrivacyOperations({
    requests: createPrivacyTable({
      client,
      tableName: tables.privacy,
      retentionSeconds: 86_400,
      now: () => clock.nowMs,
    }),
    bucket: { link: (key, seconds) => `https://bucket.test/${key}?seconds=${seconds}` },
    rights: createTenantLimit({
      ...{ what: 'rights', perMinute, hashOf: (tenantId) => tenantId },
      store: inMemoryFleetStore(() => clock.nowMs),
      clock: virtualClock(NOW_MS),
      chance: { random: () => 0.5 },
    }),
    audit: async (change) => void audited.push(change),
    clock: { now: () => clock.nowMs },
    chance: { newId: () => `id-${++ids}` },
  });
  const order = (key: string | undefined, receivedAt?: string) =>
    operations.requestPrivacy({
      caller: { tenantId: 'tenant-a', clientId: 'desk', scopes: ['privacy:write'] },
      body: { right: 'erasure', subject: { kind: 'fan', ref: 'fan_1' }, receivedAt },
      headers: { 'idempotency-key': key },
      ...{ params: undefined, query: {}, traceparent: undefined, requestId: 'r1' },
      remainingMs: () => 10_000,
    });
  return { order, audited };
};

it('whose record was written and its reply lost is no request of before', async () => {
  const { order, audited } = openDesk(tables.forgetfulClient());
  expect(await order('lost-reply')).toMatchObject({ status: 202 });
  expect(audited).toMatchObject([{ clientId: 'desk', details: { right: 'erasure', isNew: true } }]);
});

it('without a key is another one each time', async () => {
  const { order } = openDesk();
  const [one, other] = [await order(undefined), await order(undefined)];
  if (one.kind === 'problem' || other.kind === 'problem') throw new Error('refused');
  expect(one.body.requestId).not.toBe(other.body.requestId);
});

it('is refused when the tenant has had those of its minute: nothing is recorded, and it is told when to come back', async () => {
  const { order, audited } = openDesk(tables.client, 5);
  const answers: unknown[] = [];
  for (let index = 0; index < 9; index += 1) answers.push(await order(undefined));
  expect(answers.slice(0, 7)).toEqual(Array(7).fill(expect.objectContaining({ status: 202 })));
  expect(answers.slice(7)).toEqual(
    Array(2).fill(
      expect.objectContaining({ kind: 'problem', name: 'too-many-requests', retryAfterSeconds: 60 }),
    ),
  );
  expect(audited).toHaveLength(7);
});

it.each([
  ['2026-11-26T09:31:00Z', 'answer'], // a minute that clocks may differ by
  ['2026-11-26T09:31:00.001Z', 'problem'],
  ['2018-05-25T00:00:00Z', 'answer'],
  ['2018-05-24T23:59:59.999Z', 'problem'],
])('that was received at %s is an %s', async (receivedAt, kind) => {
  expect(await openDesk().order(undefined, receivedAt)).toMatchObject({ kind });
});
