import { createAlarms } from '../../../../lib/local/cloud/cloudwatch/alarms.ts';
import { createMetricStore } from '../../../../lib/local/cloud/cloudwatch/metric-store.ts';
import { type ControlledCloud, control } from '../../../../lib/local/cloud/faults/control.ts';
import { createRuleBook } from '../../../../lib/local/cloud/faults/rule-book.ts';
import { createDeliveries } from '../../../../lib/local/cloud/lambda/deliveries.ts';

const cloudOf = (expired: string[] = []): ControlledCloud => ({
  rules: createRuleBook(7),
  deliveries: createDeliveries(),
  alarms: createAlarms({ specs: [], store: createMetricStore(), onChange: () => undefined }, 0),
  queueNames: ['relay-local-low', 'relay-local-low-dlq'],
  tableNames: ['relay-local-jobs'],
  expireVisibility: async (queueName) => expired.push(queueName),
  functions: new Map([
    ['relay-local-total-costs', { invoke: async (event) => ({ kind: 'returned', payload: event }) }],
  ]),
});

const ask = (cloud: ControlledCloud, method: string, path: string, body?: unknown) =>
  control(cloud, { method, path, body: body === undefined ? '' : JSON.stringify(body) });

const put = (cloud: ControlledCloud, ...rules: unknown[]) => ask(cloud, 'PUT', '/control/faults', rules);

const throttle = { id: 'a', match: {}, fault: { kind: 'throttle' } };

it('replaces rules, tells of them with their hits, and clears them', async () => {
  const cloud = cloudOf();
  await put(cloud, { ...throttle, id: 'before' });
  await put(cloud, throttle);
  cloud.rules.strike(['throttle'], { functionName: 'f', fits: () => true })?.happened();
  expect(await ask(cloud, 'GET', '/control')).toMatchObject({
    status: 200,
    body: { seed: 7, faults: [{ ...throttle, hits: 1 }], deliveries: { held: 0, orphaned: 0 } },
  });
  expect(await ask(cloud, 'DELETE', '/control/faults')).toMatchObject({ status: 200, body: { faults: [] } });
});

it('fills in what a rule leaves open', async () => {
  const kill = { id: 'k', fault: { kind: 'kill', when: 'before-request' } };
  const reply = await put(cloudOf(), { id: 'd', fault: { kind: 'down' } }, kill);
  expect(reply.body).toMatchObject({
    faults: [
      { match: {}, fault: { kind: 'down', how: 'unavailable' } },
      { match: {}, fault: { kind: 'kill', when: 'before-request', request: { upTo: 6 } } },
    ],
  });
});

it.each([
  [{}, 'body: '],
  [[{ id: 'a', match: {} }], '0.fault'],
  [[{ ...throttle, fault: { kind: 'sulk' } }], '0.fault.kind: '],
  [[{ ...throttle, fault: { kind: 'slow' } }], '0.fault.ms: '],
  [[{ ...throttle, fault: { kind: 'partial-batch', keep: 0 } }], '0.fault.keep: '],
  [[{ ...throttle, fault: { kind: 'kill', when: 'never' } }], '0.fault.when: '],
  [[{ ...throttle, fault: { kind: 'kill', when: 'before-return', request: 1 } }], '0.fault: '],
  [[{ ...throttle, fault: { kind: 'kill', when: 'after-request', request: 0 } }], '0.fault.request: '],
  [
    [{ ...throttle, fault: { kind: 'kill', when: 'after-request', request: 'any' } }],
    '0.fault.request: must be a whole number',
  ],
  [[{ ...throttle, fault: { kind: 'skew', ms: 1e12 } }], '0.fault.ms: '],
  [[{ ...throttle, match: { probability: 2 } }], '0.match.probability: '],
  [[{ ...throttle, match: { queue: 'low' } }], '0.match.queue: means nothing to a fault "throttle"'],
  [[{ ...throttle, match: { operation: 'updateitem' } }], '0.match.operation: '],
  [
    [{ ...throttle, match: { table: 'job' } }],
    '0.match.table: there is none of that name; there are relay-local-jobs',
  ],
  [
    [throttle, { ...throttle, id: 'b', match: { functionName: 'process-job' } }],
    '1.match.functionName: there is none',
  ],
  [
    [{ id: 'd', match: { queue: 'lo' }, fault: { kind: 'duplicate' } }],
    '0.match.queue: there is none of that name; there are relay-local-low, ',
  ],
  [[throttle, throttle], 'body: two rules have the same id'],
])('refuses %j and says why in one line', async (rules, start) => {
  const cloud = cloudOf();
  await put(cloud, throttle);
  const { status, body } = await ask(cloud, 'PUT', '/control/faults', rules);
  expect(status).toBe(400);
  expect(body).toEqual({ error: expect.stringMatching(/^.+$/) });
  expect(JSON.stringify(body)).toContain(`"error":${JSON.stringify(start).slice(0, -1)}`);
  expect(cloud.rules.list()).toHaveLength(1);
});

it.each([
  ['all queues', undefined, ['relay-local-low', 'relay-local-low-dlq']],
  ['the queue of a name', { queue: '-low' }, ['relay-local-low']],
])('lets the visibility of %s expire', async (_, body, queues) => {
  const expired: string[] = [];
  const reply = await ask(cloudOf(expired), 'POST', '/control/visibility/expire', body);
  expect(reply.status).toBe(200);
  expect(expired).toEqual(queues);
});

it.each([[{ queue: 'high' }], [{ queues: 'low' }]])('refuses to let expire %j', async (body) => {
  const expired: string[] = [];
  expect(await ask(cloudOf(expired), 'POST', '/control/visibility/expire', body)).toMatchObject({
    status: 400,
  });
  expect(expired).toEqual([]);
});

it.each([
  ['GET', '/control/faults'],
  ['GET', '/'],
])('knows no %s %s, and says what there is', async (method, path) => {
  expect(await ask(cloudOf(), method, path)).toMatchObject({
    status: 404,
    body: { error: expect.stringContaining('PUT /control/faults') },
  });
});

it('says what may be asked for: the example can be sent as it is, and is of a kind that is listed', async () => {
  const cloud = cloudOf();
  const { body } = await ask(cloud, 'GET', '/control');
  expect(body).toMatchObject({
    help: {
      routes: expect.arrayContaining(['PUT /control/faults', 'GET /control/alarms']),
      kinds: expect.arrayContaining(['throttle', 'kill', 'skew']),
      names: { tableNames: ['relay-local-jobs'] },
    },
  });
  const { help } = body as { help: { example: { fault: { kind: string } }[]; kinds: string[] } };
  expect(await ask(cloud, 'PUT', '/control/faults', help.example)).toMatchObject({ status: 200 });
  expect(help.kinds).toContain(help.example[0]?.fault.kind);
  expect(await ask(cloud, 'GET', '/control/faults/form')).toMatchObject({
    status: 200,
    body: { type: 'array' },
  });
});

it('tells a body that is no JSON from one of another form', async () => {
  const request = { method: 'PUT', path: '/control/faults', body: "[{'id': 1}]" };
  expect(await control(cloudOf(), request)).toEqual({ status: 400, body: { error: 'body: is not JSON' } });
});

it('invokes a function by hand, and says what became of it', async () => {
  const invoke = (body: unknown) => ask(cloudOf(), 'POST', '/control/invoke', body);
  expect(await invoke({ function: 'total-costs', event: { fromHour: 1 } })).toEqual({
    status: 200,
    body: { kind: 'returned', payload: '{"fromHour":1}' },
  });
  expect(await invoke({ function: 'total-costs' })).toMatchObject({ body: { payload: '{}' } });
  expect(await invoke({ function: 'nobody' })).toMatchObject({ status: 400 });
  expect(await invoke({})).toMatchObject({ status: 400 });
});
