import type { Line } from '../cloud-driver.ts';
import { type FaultyCloud, put, startFaultyCloud } from './faulty-cloud.ts';

let cloud: FaultyCloud;

beforeAll(async () => {
  cloud = await startFaultyCloud();
});

afterEach(() => cloud.setFaults());

afterAll(() => cloud.end());

const kills = (): Line[] =>
  cloud.lines.filter(({ line }) => typeof line === 'string' && line.includes('signal: killed'));

/** Sends a message whose invocation is killed once. */
const sendToDeath = async (id: string, fault: object, request: object): Promise<void> => {
  await cloud.setFaults({
    id,
    match: { functionName: 'single', times: 1 },
    fault: { kind: 'kill', ...fault },
  });
  const before = kills().length;
  await cloud.send('single', [{ id, ...request }]);
  await cloud.seen(() => kills().length > before);
};

const expire = async (queue?: string) =>
  (await cloud.ask('POST', '/control/visibility/expire', queue === undefined ? undefined : { queue })).body;

const three = (id: string) => ['1', '2', '3'].map((part) => `${id}-${part}`);

describe('a kill', () => {
  it.each([
    ['before the first request', { when: 'before-request', request: 1 }, {}, 0],
    ['before the second request', { when: 'before-request', request: 2 }, {}, 1],
    ['after the second request', { when: 'after-request', request: 2 }, {}, 2],
    ['before the second request of node:http', { when: 'before-request', request: 2 }, { by: 'http' }, 1],
    ['after the second request of node:http', { when: 'after-request', request: 2 }, { by: 'http' }, 2],
    ['before the return', { when: 'before-return' }, {}, 3],
    [
      'at a random request, at the latest before the return',
      { when: 'before-request', request: { upTo: 1_000 } },
      {},
      3,
    ],
  ])('%s leaves what was done by then', async (name, fault, by, done) => {
    const id = name.replaceAll(' ', '-');
    const calls = three(id).map((part) => ({ ...put(part), ...by }));
    await sendToDeath(id, fault, { once: 'call', calls });
    expect(await cloud.stored(...three(id))).toEqual(three(id).slice(0, done));
    expect(await cloud.hitsOf(id)).toBe(1);
    expect(await expire('-single')).toEqual({ released: 1 });
    await cloud.delivered(id, 2);
    await cloud.emptied('single');
    const [first, second] = cloud.deliveriesOf(id).map(({ said }) => said?.environmentId);
    expect(second).not.toBe(first);
  });

  it('counts the requests of one operation only, models among them', async () => {
    const url = `${cloud.endpoints.control}/health`;
    const calls = [put('counted-1'), { url }, put('counted-2'), { url }, put('counted-3')];
    const fault = { when: 'after-request', request: 2, operation: 'model' };
    await sendToDeath('counted', fault, { once: 'call', calls });
    expect(await cloud.stored(...three('counted'))).toEqual(['counted-1', 'counted-2']);
    await expire();
    await cloud.ended('counted');
  });

  it('at a random moment comes in the middle of the invocation', async () => {
    await sendToDeath('moment', { when: 'within', ms: 100 }, { once: 'dawdle' });
    await expire();
    await cloud.ended('moment');
    await cloud.emptied('single');
    expect(await cloud.hitsOf('moment')).toBe(1);
  });

  it('does not come where an invocation never gets', async () => {
    const fault = { kind: 'kill', when: 'before-request', request: 4 };
    await cloud.setFaults({ id: 'never', match: {}, fault });
    await cloud.send('single', [{ id: 'never', always: 'call', calls: three('never').map(put) }]);
    await cloud.ended('never');
    await cloud.emptied('single');
    expect(await cloud.hitsOf('never')).toBe(0);
  });
});

describe('visibility that is made to expire', () => {
  it('is never that of an invocation that lives', async () => {
    await cloud.send('single', [{ id: 'living', always: 'dawdle' }]);
    await cloud.delivered('living', 1);
    expect(await expire('single')).toEqual({ released: 0 });
    await cloud.ended('living');
    await cloud.emptied('single');
    expect(cloud.deliveriesOf('living')).toHaveLength(1);
  });

  it('is not that of a message that a function has reported as failed', async () => {
    await cloud.send('single', [{ id: 'reported', always: 'fail' }]);
    await cloud.ended('reported');
    expect(await expire()).toEqual({ released: 0 });
  });

  it('is that of a queue, if one is named', async () => {
    await sendToDeath('elsewhere', { when: 'before-return' }, {});
    expect(await expire('whole')).toEqual({ released: 0 });
    expect(await expire('single')).toEqual({ released: 1 });
    await cloud.ended('elsewhere', 2);
  });
});

describe('a skewed clock', () => {
  it('is that of environments that start under the rule, whose remaining time stays true', async () => {
    const ms = 24 * 60 * 60 * 1000;
    await cloud.setFaults({ id: 'ahead', match: { functionName: 'whole' }, fault: { kind: 'skew', ms } });
    const sentAtMs = Date.now();
    await cloud.send('whole', [{ id: 'ahead', show: 'ahead' }]);
    const ended = await cloud.seen(({ said }) => [said?.ended].flat().includes('ahead'));
    const shown = await cloud.seen(({ said }) => said?.show === 'ahead');
    expect(ended.said?.startedAtMs).toBeGreaterThanOrEqual(sentAtMs + ms);
    expect(shown.said?.leftMs).toBeGreaterThan(0);
    expect(shown.said?.leftMs).toBeLessThanOrEqual(1_000);
    expect(await cloud.hitsOf('ahead')).toBe(1);
  });
});

it('a name leads where the rule says, look-up by look-up, in environments that start under it', async () => {
  await sendToDeath('before', { when: 'before-return' }, {});
  const lookUps = [['127.0.0.1'], ['10.0.0.1', 'fd00::1']];
  const fault = { kind: 'name', host: 'hooks.example.com', lookUps };
  await cloud.setFaults({ id: 'named', match: { functionName: 'single' }, fault });
  await cloud.send('single', [
    { id: 'named', always: 'lookUp', hosts: [fault.host, '127.0.0.9', fault.host, fault.host] },
  ]);
  await cloud.ended('named');
  const found = cloud.lines.flatMap(({ said }) => (said?.id === 'named' ? [said.found] : []));
  const four = (address: string) => [{ address, family: 4 }];
  const second = [...four('10.0.0.1'), { address: 'fd00::1', family: 6 }];
  expect(found).toEqual([four('127.0.0.1'), four('127.0.0.9'), second, second]);
  expect(await cloud.hitsOf('named')).toBe(1);
  await expire();
});

it('a function without concurrency gets its messages as soon as it has some again, and none is lost', async () => {
  await cloud.setFaults({
    id: 'refused',
    match: { functionName: 'single', times: 1 },
    fault: { kind: 'no-concurrency' },
  });
  await cloud.send('single', [{ id: 'refused-once' }]);
  await cloud.ended('refused-once');
  expect(await cloud.hitsOf('refused')).toBe(1);
  expect(cloud.deliveriesOf('refused-once')).toHaveLength(1);
});
