import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { AuditedAct } from '../../../lib/pipeline/privacy/audit-chain.ts';
import { createAuditTrail, readChain } from '../../../lib/runtime/privacy/audit-trail.ts';
import { verifyAudit } from '../../../lib/runtime/privacy/verify-audit.ts';
import { type LocalTables, startLocalTables } from '../local-tables.ts';

let tables: LocalTables;

beforeAll(async () => {
  tables = await startLocalTables();
});
afterAll(() => tables.stop());

const NOW_MS = Date.parse('2026-11-26T09:30:00Z');

const optionsOf = (client = tables.client) => ({
  client,
  tableName: tables.audit,
  retentionSeconds: 366 * 86_400,
  now: () => NOW_MS,
});

const act = (target: string): AuditedAct => ({
  action: 'hold-circuit',
  actor: 'on-call',
  target,
  requestId: 'r1',
  details: { hold: 'open' },
});

const targetsOf = async (chain: string): Promise<string[]> => {
  const targets: string[] = [];
  for await (const { target } of readChain(optionsOf(), chain)) targets.push(target);
  return targets;
};

it('takes the records of environments that write at once, each once and in one chain', async () => {
  const trails = [0, 1, 2, 3].map(() => createAuditTrail(optionsOf(), 'busy'));
  const targets = Array.from({ length: 24 }, (_, at) => `t${at}`);
  await Promise.all(targets.map((target, at) => trails[at % trails.length]?.append(act(target))));
  expect((await targetsOf('busy')).toSorted()).toEqual(targets.toSorted());
  expect(await verifyAudit(optionsOf(), 'busy')).toMatchObject({ records: 24, faults: [] });
});

it('has a record once that was written before its reply was lost', async () => {
  const forgetful = tables.forgetfulClient(2); // its first call looks where the chain ends
  await createAuditTrail(optionsOf(), 'lost').append(act('first'));
  const trail = createAuditTrail(optionsOf(forgetful), 'lost');
  await trail.append(act('second'));
  await trail.append(act('third'));
  expect(await targetsOf('lost')).toEqual(['first', 'second', 'third']);
});

it('names the record that somebody has changed in the table', async () => {
  const trail = createAuditTrail(optionsOf(), 'forged');
  const records = [await trail.append(act('a')), await trail.append(act('b')), await trail.append(act('c'))];
  const Item = marshall({ ...records[1], actor: 'somebody-else' });
  await tables.client.send(new PutItemCommand({ TableName: tables.audit, Item }));
  expect(await verifyAudit(optionsOf(), 'forged')).toMatchObject({
    faults: [{ kind: 'changed', chain: 'forged', sequence: 2 }],
  });
});
