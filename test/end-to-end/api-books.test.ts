import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { alerts as alertsBody, costs as costsBody } from '../../lib/api/schemas/operations.ts';
import { privacyRequest } from '../../lib/api/schemas/privacy.ts';
import type { Scope } from '../../lib/api/scope.ts';
import { alertBody } from '../../lib/pipeline/alerts/message-body.ts';
import { dueDay } from '../../lib/pipeline/privacy/privacy-request.ts';
import { eventually, type LocalRelay, queueUrl, startLocalRelay } from './local-relay.ts';

let relay: LocalRelay;

beforeAll(async () => {
  relay = await startLocalRelay(['--no-sample', '--instant']);
});
afterAll(() => relay.stop());

/** A caller of the API: a tenant's client with these scopes. */
const callerOf = async (tenantId: string, ...scopes: Scope[]) => {
  const form = { grant_type: 'client_credentials', client_id: 'books', tenant_id: tenantId };
  const body = new URLSearchParams({ ...form, scope: scopes.join(' ') });
  const granted = await fetch(relay.endpoints.tokens, { method: 'POST', body });
  const { access_token } = z.object({ access_token: z.string() }).parse(await granted.json());
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = { ...init.headers, authorization: `Bearer ${access_token}` };
    const response = await fetch(`${relay.endpoints.api}${path}`, { ...init, headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return {
    get: (path: string, accept = 'application/json') => ask(path, { headers: { accept } }),
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      ask(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { ...headers, 'content-type': 'application/json' },
      }),
  };
};

/** Lines of cells: nothing in these tests is quoted. */
const cellsOf = (csv: string) => {
  const [header = [], ...lines] = csv
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
  return lines.map((line) => Object.fromEntries(header.map((name, index) => [name, line[index]])));
};

const fold = () =>
  fetch(`${relay.endpoints.control}/control/invoke`, {
    method: 'POST',
    body: JSON.stringify({ function: 'total-costs' }),
  });

describe('costs', () => {
  it('of jobs stand in the totals once they are folded, the same by any key, and as a file that stands alone', async () => {
    const tenantId = `tenant-${randomUUID()}`;
    const tenant = await callerOf(tenantId, 'jobs:read', 'jobs:write');
    const nothing = costsBody.parse(JSON.parse((await tenant.get('/costs')).text));
    expect([nothing.total.calls, nothing.rows.length]).toEqual([0, 7]);
    const job = (creatorId: string, model: string) => ({
      ...{ creatorId, model, subjectRefs: [], priority: 'critical' },
      input: { messages: [{ role: 'user', content: 'Bonsoir !' }] },
    });
    const jobs = await Promise.all(
      ['gpt-5', 'gpt-5-mini', 'claude'].map((model, nth) =>
        tenant.post('/jobs?wait=20', job(`creator-${nth}`, model)),
      ),
    );
    const spent = jobs.reduce((sum, { text }) => sum + JSON.parse(text).costMicroUsd, 0);
    expect(spent).toBeGreaterThan(0);
    // entries are written behind the jobs
    const body = await eventually(async () => {
      await fold();
      const costs = costsBody.parse(JSON.parse((await tenant.get('/costs')).text));
      return costs.total.calls === jobs.length ? costs : undefined;
    });
    expect(body).toMatchObject({ scope: 'tenant', tenantId, asOf: expect.any(String) });
    for (const groupBy of ['day', 'model', 'lane', 'tier']) {
      const { text } = await tenant.get(`/costs?groupBy=${groupBy}`);
      expect(costsBody.parse(JSON.parse(text)).total).toMatchObject({ calls: 3, costMicroUsd: spent });
      const { headers, text: csv } = await tenant.get(`/costs?groupBy=${groupBy}`, 'text/csv');
      expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
      const rows = cellsOf(csv);
      expect(rows.reduce((sum, { costMicroUsd }) => sum + Number(costMicroUsd), 0)).toBe(spent);
      for (const row of rows) {
        expect(row).toMatchObject({ tenantId, groupBy, scope: 'tenant' });
        expect(row.costUsd).toMatch(/^\d+\.\d{6}$/);
        expect(row.day).toMatch(/^\d{4}-\d\d-\d\d$/);
      }
    }
    const operator = await callerOf('platform', 'ops:read');
    const named = await operator.get(`/costs?tenantId=${tenantId}`);
    expect(costsBody.parse(JSON.parse(named.text)).total.costMicroUsd).toBe(spent);
    const all = costsBody.parse(JSON.parse((await operator.get('/costs')).text));
    expect([all.scope, all.tenantId]).toEqual(['all-tenants', undefined]);
    expect(all.total.costMicroUsd).toBeGreaterThanOrEqual(spent);
    const other = await callerOf('tenant-b', 'jobs:read');
    expect(costsBody.parse(JSON.parse((await other.get('/costs')).text)).total.calls).toBe(0);
    const refused = await other.get(`/costs?tenantId=${tenantId}`);
    expect([refused.status, JSON.parse(refused.text).type]).toEqual([403, 'urn:relay:problem:other-tenant']);
    expect(refused.text).toBe((await other.get('/costs?tenantId=nobody')).text);
  });
});

const requestOf = (ref: string) => ({ right: 'erasure', subject: { kind: 'fan', ref } });

const recordsOf = async (ref: string) => {
  const { Items = [] } = await relay.dynamodb.send(new ScanCommand({ TableName: 'relay-local-privacy' }));
  return Items.map((item) => unmarshall(item)).filter(({ subjectRef }) => subjectRef === ref);
};

describe('a privacy request', () => {
  const REF = 'fan_canary_5e1f';

  it('is recorded once per key, seen by its tenant alone, and in the audit trail without a word of whom', async () => {
    const one = await callerOf('tenant-a', 'privacy:write');
    const other = await callerOf('tenant-b', 'privacy:write');
    const key = { 'idempotency-key': `erase ${REF}` };
    const first = await one.post('/privacy/requests', requestOf(REF), key);
    expect(first.status).toBe(202);
    const request = privacyRequest.parse(JSON.parse(first.text));
    expect(request).toMatchObject({ right: 'erasure', subjectKind: 'fan', status: 'received' });
    expect(request.dueOn).toBe(dueDay(request.receivedAt.slice(0, 10)));
    expect(first.headers.get('location')).toBe(request.links.self);
    const again = await one.post('/privacy/requests', requestOf(REF), key);
    expect([again.status, again.text]).toEqual([202, first.text]);
    expect(await recordsOf(REF)).toHaveLength(1);
    const conflict = await one.post('/privacy/requests', { ...requestOf(REF), right: 'access' }, key);
    expect([conflict.status, JSON.parse(conflict.text).type]).toEqual([
      409,
      'urn:relay:problem:idempotency-conflict',
    ]);
    // the same key of another tenant is another key
    const others = await other.post('/privacy/requests', requestOf('fan_other'), key);
    expect(JSON.parse(others.text).requestId).not.toBe(request.requestId);

    const path = `/privacy/requests/${request.requestId}`;
    expect(await one.get(path)).toMatchObject({ status: 200, text: first.text });
    const foreign = await other.get(path);
    const random = await other.get(`/privacy/requests/${randomUUID()}`);
    expect([foreign.status, foreign.text]).toEqual([404, random.text]);

    const [record] = await recordsOf(REF);
    const log = readFileSync(relay.logFile, 'utf8');
    const audited = log.split('\n').filter((line) => line.includes(record?.auditId));
    expect(audited.map((line) => /"isNew":(\w+)/.exec(line)?.[1])).toEqual(['true', 'false']);
    expect(audited[0]).toContain('"actor":"books"');
    for (const secret of [REF, request.requestId, 'tenant-a'])
      expect({ secret, isLogged: log.includes(secret) }).toEqual({ secret, isLogged: false });
  });

  it('is due a month after the person asked, and kept for three years', async () => {
    const tenant = await callerOf('tenant-a', 'privacy:write');
    const receivedAt = '2026-01-31T20:00:00+01:00';
    const { text } = await tenant.post('/privacy/requests', { ...requestOf('fan_2'), receivedAt });
    expect(privacyRequest.parse(JSON.parse(text)).dueOn).toBe('2026-02-28');
    const [record = {}] = await recordsOf('fan_2');
    expect(record.expiresAt).toBe(Math.ceil(record.recordedAtMs / 1000) + 1_096 * 86_400);
  });

  it.each([
    ['of another tenant', { subject: { kind: 'tenant', ref: 'tenant-b' } }, 403, undefined],
    ['of the future', { receivedAt: '2999-01-01T00:00:00Z' }, 400, 'receivedAt'],
    ['from before the law', { receivedAt: '2018-05-24T23:59:59Z' }, 400, 'receivedAt'],
    ['for no right', { right: 'oblivion' }, 400, 'right'],
  ])('%s is refused, and nothing is recorded', async (_what, changes, status, field) => {
    const tenant = await callerOf('tenant-a', 'privacy:write');
    const refused = await tenant.post('/privacy/requests', { ...requestOf('fan_refused'), ...changes });
    expect([refused.status, JSON.parse(refused.text).faults?.[0]?.field]).toEqual([status, field]);
    expect(await recordsOf('fan_refused')).toEqual([]);
  });
});

describe('alerts', () => {
  const raise = (
    name: string,
    severity: 'critical' | 'warning',
    model: string,
    state: 'firing' | 'resolved',
  ) =>
    relay.sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl(relay, 'relay-local-alerts'),
        MessageBody: alertBody({
          ...{ name, severity, state, atMs: Date.now() },
          labels: { provider: 'openai', model },
        }),
      }),
    );

  it('are shown by group: what fires first, gravest first, with what is silenced', async () => {
    const operator = await callerOf('platform', 'ops:read');
    const silence = {
      matchers: { name: 'delivery-*' },
      untilSeconds: Math.ceil(Date.now() / 1000) + 3_600,
      reason: 'migration of the table',
    };
    const Item = marshall({ family: 'silence', name: '1', value: JSON.stringify(silence) });
    await relay.dynamodb.send(new PutItemCommand({ TableName: 'relay-local-alerts', Item }));
    await raise('rescued-answers', 'warning', 'gpt-5', 'firing');
    await raise('delivery-errors', 'critical', 'gpt-5', 'firing');
    await raise('delivery-errors', 'critical', 'gpt-5-mini', 'firing');
    const read = async () => {
      const body = alertsBody.parse(JSON.parse((await operator.get('/alerts')).text));
      const ours = body.groups.filter(({ labels }) => labels.provider === 'openai');
      return { ...body, ours };
    };
    const { ours, silences } = await eventually(async () => {
      const seen = await read();
      return seen.ours.length === 2 && seen.ours[0]?.firing === 2 ? seen : undefined;
    });
    expect(ours.map(({ name, state, mutedBy }) => [name, state, mutedBy])).toEqual([
      ['delivery-errors', 'firing', 'silence'],
      ['rescued-answers', 'firing', undefined],
    ]);
    expect(ours[0]?.members.map(({ model }) => model)).toEqual(['gpt-5', 'gpt-5-mini']);
    expect(silences).toEqual([
      {
        matchers: silence.matchers,
        until: new Date(silence.untilSeconds * 1000).toISOString(),
        reason: silence.reason,
      },
    ]);
    await raise('delivery-errors', 'critical', 'gpt-5', 'resolved');
    await raise('delivery-errors', 'critical', 'gpt-5-mini', 'resolved');
    const after = await eventually(async () => {
      const seen = await read();
      return seen.ours.at(-1)?.state === 'resolved' ? seen.ours : undefined;
    });
    expect(after.map(({ name, firing }) => [name, firing])).toEqual([
      ['rescued-answers', 1],
      ['delivery-errors', 0],
    ]);
    const csv = await operator.get('/alerts', 'text/csv');
    expect(csv.text).toContain(
      'firing,warning,rescued-answers,provider=openai,' /* labels as a person reads them */,
    );
  });

  it('are for operators alone', async () => {
    const tenant = await callerOf('tenant-a', 'jobs:read', 'jobs:write', 'privacy:write');
    expect((await tenant.get('/alerts')).status).toBe(403);
  });
});
