import { ScanCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { START_WINDOW_MS } from '../../lib/pipeline/fleet/user-starts.ts';
import { createDynamoDbUserStarts } from '../../lib/runtime/dynamodb-user-starts.ts';
import { inMemoryUserStarts } from '../../lib/simulation/in-memory-user-starts.ts';
import { type LocalTables, startLocalTables } from './local-tables.ts';

const START_MS = Date.parse('2026-11-22T12:00:00Z');
let tables: LocalTables;
let users = 0;

beforeAll(async () => {
  tables = await startLocalTables();
});

afterAll(() => tables.stop());

const userStarts = (limit: number, client = tables.client) =>
  createDynamoDbUserStarts({ client, tableName: tables.fleet, limit });
const newUser = () => `user-${users++}`;

describe('starts of a user', () => {
  it('agree with the rule of the window for any limit and any instants, with clocks that differ', async () => {
    const pauseMs = fc.oneof(
      fc.integer({ min: -1_000, max: 30_000 }),
      fc.constantFrom(0, START_WINDOW_MS - 1, START_WINDOW_MS),
    );
    const histories = fc.record({
      limit: fc.integer({ min: 1, max: 10 }),
      passedMs: fc.array(pauseMs, { minLength: 12, maxLength: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(histories, async ({ limit, passedMs }) => {
        const user = newUser();
        const [ours, rules] = [userStarts(limit), inMemoryUserStarts(limit)];
        let nowMs = START_MS;
        for (const ms of passedMs) {
          nowMs += ms;
          expect(await ours.start(user, nowMs)).toEqual(await rules.start(user, nowMs));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are as many as the limit when 50 want to at once, and the rest are told when one is free', async () => {
    const user = newUser();
    const starts = userStarts(10);
    const asked = Array.from({ length: 50 }, (_, index) => starts.start(user, START_MS + index));
    const results = await Promise.all(asked);
    expect(results.filter(({ kind }) => kind === 'started')).toHaveLength(10);
    for (const result of results) {
      if (result.kind === 'started') continue;
      expect(result.freeAtMs).toBeGreaterThanOrEqual(START_MS + START_WINDOW_MS);
      expect(result.freeAtMs).toBeLessThan(START_MS + START_WINDOW_MS + 50);
    }
  });

  it('of one user leave those of another alone', async () => {
    const starts = userStarts(1);
    const user = newUser();
    expect(await starts.start(user, START_MS)).toEqual({ kind: 'started' });
    expect(await starts.start(user, START_MS)).toMatchObject({ kind: 'full' });
    expect(await starts.start(newUser(), START_MS)).toEqual({ kind: 'started' });
  });

  it('count twice when their reply was lost, which keeps the limit', async () => {
    const user = newUser();
    expect(await userStarts(2, tables.forgetfulClient()).start(user, START_MS)).toEqual({ kind: 'started' });
    expect(await userStarts(2).start(user, START_MS + 1)).toEqual({
      kind: 'full',
      freeAtMs: START_MS + START_WINDOW_MS,
    });
  });

  it('are not blocked by one that lies far ahead, nor by a row past its end', async () => {
    const user = newUser();
    const starts = userStarts(1);
    expect(await starts.start(user, START_MS + 10 * START_WINDOW_MS)).toEqual({ kind: 'started' });
    expect(await starts.start(user, START_MS)).toEqual({ kind: 'started' });
    expect(await starts.start(user, START_MS + 1)).toMatchObject({ kind: 'full' });
  });

  it('leave a row that expires', async () => {
    await userStarts(3).start(newUser(), START_MS);
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.fleet }));
    for (const { expiresAt } of Items) expect(Number(expiresAt?.N)).toBeGreaterThan(START_MS / 1000);
    expect(Items.length).toBeGreaterThan(0);
  });
});
