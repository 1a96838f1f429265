import { createDynamoDbDeliveries, type Deliveries } from '../../lib/runtime/dynamodb-deliveries.ts';
import { virtualClock } from '../builders.ts';
import { type LocalTables, startLocalTables } from './local-tables.ts';

const START_MS = Date.parse('2026-11-26T08:00:00Z');
const ago = (seconds: number) => START_MS - seconds * 1000;

let tables: LocalTables;
beforeEach(async () => {
  tables = await startLocalTables();
});
afterEach(() => tables.stop());

/** Environments of one fleet, and how often they have written. */
const aFleet = () => {
  const clock = virtualClock(START_MS);
  const client = tables.newClient();
  let writes = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      writes += 1;
      return next(args);
    },
    {},
  );
  const anEnvironment = (): Deliveries =>
    createDynamoDbDeliveries({ client, tableName: tables.fleet, now: clock.now });
  const reader = createDynamoDbDeliveries({ client: tables.client, tableName: tables.fleet, now: clock.now });
  return { clock, anEnvironment, list: reader.list, writes: () => writes };
};

describe('what lanes hand out', () => {
  it('is told by lane, the oldest of a minute whoever was given it', async () => {
    const { anEnvironment, list } = aFleet();
    for (const seconds of [20, 300, 10]) await anEnvironment().delivered('low', ago(seconds));
    await anEnvironment().delivered('high', ago(1));
    expect(await list()).toEqual(
      new Map([
        ['high', { sentAtMs: ago(1), atMs: START_MS }],
        ['low', { sentAtMs: ago(300), atMs: START_MS }],
      ]),
    );
  });

  it('is younger again when a minute has passed', async () => {
    const { clock, anEnvironment, list } = aFleet();
    await anEnvironment().delivered('low', ago(300));
    await clock.advance(59_999);
    await anEnvironment().delivered('low', ago(5));
    expect((await list()).get('low')).toEqual({ sentAtMs: ago(300), atMs: START_MS });
    await clock.advance(1);
    await anEnvironment().delivered('low', ago(5));
    expect((await list()).get('low')).toEqual({ sentAtMs: ago(5), atMs: START_MS + 60_000 });
  });

  it('costs an environment a write a minute, and forgets nothing that came in between', async () => {
    const { clock, anEnvironment, list, writes } = aFleet();
    const busy = anEnvironment();
    for (let second = 0; second < 60; second += 1) {
      await busy.delivered('low', ago(second === 30 ? 900 : 10));
      await clock.advance(1_000);
    }
    expect(writes()).toBe(1);
    await busy.delivered('low', ago(1));
    expect((await list()).get('low')).toMatchObject({ sentAtMs: ago(900) });
  });

  it('fails no job when the table fails, which is told, and operators hear of it', async () => {
    const faults: unknown[] = [];
    const deliveries = createDynamoDbDeliveries({
      client: tables.client,
      tableName: 'missing',
      now: () => START_MS,
      onFault: (error) => faults.push(error),
    });
    await deliveries.delivered('low', 0);
    expect(faults).toMatchObject([{ name: 'ResourceNotFoundException' }]);
    await expect(deliveries.list()).rejects.toThrow();
  });
});
