import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { keyOf, type LedgerEntry } from '../../../lib/pipeline/money/ledger.ts';
import { utcHour } from '../../../lib/pipeline/utc.ts';
import { entryOfRow, rowOf } from '../../../lib/runtime/ledger/ledger-row.ts';
import { createLedgerTable } from '../../../lib/runtime/ledger/ledger-table.ts';
import { createTotalsTable } from '../../../lib/runtime/ledger/totals-table.ts';
import { anyEntries, byKey, entryOf, START_MS } from '../../pipeline/money/entries.ts';
import { type LocalTables, startLocalTables } from '../local-tables.ts';

let tables: LocalTables;

beforeAll(async () => {
  tables = await startLocalTables();
});

afterAll(() => tables.stop());

const RETENTION_SECONDS = 34_560_000;

const optionsOf = (client: DynamoDBClient = tables.client, nowMs = START_MS + 60_000) => ({
  client,
  ledgerTable: tables.ledger,
  totalsTable: tables.totals,
  retentionSeconds: RETENTION_SECONDS,
  now: () => nowMs,
});

const ledgerOf = (client?: DynamoDBClient, nowMs?: number) => createLedgerTable(optionsOf(client, nowMs));

/** Each test has hours of its own. */
let days = 0;
const nextDayMs = (): number => {
  days += 1;
  return START_MS + days * 86_400_000;
};

const hexId = (number: number): string => number.toString(16).padStart(16, '0');
const entriesAt = (atMs: number, count: number): LedgerEntry[] =>
  Array.from({ length: count }, (_, index) => ({ ...entryOf({ callId: hexId(index) }), atMs }));

const sorted = (entries: readonly LedgerEntry[]) =>
  entries.toSorted((a, b) => (a.callId < b.callId ? -1 : 1));

/** A client whose first calls go wrong as they are told: `keep` items of a batch are written, or the call fails. */
const troubled = (troubles: ({ keep: number } | { error: Error })[]): DynamoDBClient => {
  const client = tables.newClient();
  client.middlewareStack.add(
    (next) => async (call) => {
      const trouble = troubles.shift();
      if (trouble === undefined) return next(call);
      if ('error' in trouble) throw trouble.error;
      const input = call.input as { RequestItems: Record<string, object[]> };
      const [[table, requests]] = Object.entries(input.RequestItems) as [[string, object[]]];
      const first = { RequestItems: { [table]: requests.slice(0, trouble.keep) } };
      const reply = await next({ ...call, input: first as unknown as typeof call.input });
      const UnprocessedItems = { [table]: requests.slice(trouble.keep) };
      return { ...reply, output: { ...reply.output, UnprocessedItems } };
    },
    { step: 'initialize' },
  );
  return client;
};

it('has the others of a batch in which one call comes twice, as a job and its second delivery bring it', async () => {
  const [one, other] = entriesAt(nextDayMs(), 2);
  if (one === undefined || other === undefined) throw new Error('two entries were asked for');
  expect(await ledgerOf().write([one, other, one], 1_000)).toMatchObject({ unwritten: [] });
  expect(sorted(await ledgerOf().read(utcHour(one.atMs)))).toEqual([one, other]);
});

describe('a row of the ledger', () => {
  it('is the entry again when it is read', () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        for (const entry of entries) expect(entryOfRow(rowOf(entry, 1))).toEqual(entry);
      }),
    );
  });

  it('takes one write unit, whatever the tenant is called', () => {
    const row = unmarshall(rowOf({ ...entryOf(), tenantId: 'x'.repeat(128) }, 1_800_000_000));
    expect(Buffer.byteLength(Object.entries(row).flat().join(''))).toBeLessThan(500);
  });

  it('goes when it has been kept for its time', async () => {
    const entry = { ...entryOf(), atMs: nextDayMs() };
    await ledgerOf(undefined, entry.atMs).write([entry], 1_000);
    const { Item = {} } = await tables.client.send(
      new GetItemCommand({ TableName: tables.ledger, Key: marshall(keyOf(entry)) }),
    );
    expect(unmarshall(Item).expiresAt).toBe(entry.atMs / 1000 + RETENTION_SECONDS);
  });
});

describe('the ledger', () => {
  it('has every entry of an hour, once, however often it was written', async () => {
    const atMs = nextDayMs();
    const entries = entriesAt(atMs, 60);
    const ledger = ledgerOf(undefined, atMs);
    expect(await ledger.write(entries, 1_000)).toEqual({ unwritten: [] });
    expect(await ledger.write(entries.slice(20, 50), 1_000)).toEqual({ unwritten: [] });
    expect(sorted(await ledger.read(utcHour(atMs)))).toEqual(entries);
    expect(await ledger.read(utcHour(atMs + 3_600_000))).toEqual([]);
  });

  it('gets what DynamoDB leaves unprocessed, and what it fails at in passing', async () => {
    const atMs = nextDayMs();
    const entries = entriesAt(atMs, 10);
    const throttled = Object.assign(new Error(), { name: 'ProvisionedThroughputExceededException' });
    const client = troubled([{ keep: 3 }, { error: throttled }, { keep: 1 }]);
    expect(await ledgerOf(client, atMs).write(entries, 5_000)).toEqual({ unwritten: [] });
    expect(sorted(await ledgerOf().read(utcHour(atMs)))).toEqual(entries);
  });

  it('says what it did not get in time, and of what the last call failed', async () => {
    const atMs = nextDayMs();
    const entries = entriesAt(atMs, 5);
    const refused = Object.assign(new Error(), { name: 'ValidationException' });
    const client = troubled([{ keep: 2 }, { error: refused }]);
    const { unwritten, error } = await ledgerOf(client, atMs).write(entries, 5_000);
    expect([sorted(unwritten), error]).toEqual([entries.slice(2), refused]);
    expect(sorted(await ledgerOf().read(utcHour(atMs)))).toEqual(entries.slice(0, 2));
  });

  it('marks an hour that gets entries after its last fold, once they are in it', async () => {
    const atMs = nextDayMs();
    const totals = createTotalsTable(optionsOf());
    const marks = async () => (await totals.lateHours()).filter(({ hour }) => hour === utcHour(atMs));
    await ledgerOf(undefined, atMs + 3_600_000).write(entriesAt(atMs, 1), 1_000);
    expect(await marks()).toEqual([]);
    const lateMs = atMs + 3 * 3_600_000;
    const refused = Object.assign(new Error(), { name: 'ValidationException' });
    const failing = ledgerOf(troubled([{ error: refused }]), lateMs);
    expect((await failing.write(entriesAt(atMs, 1), 1_000)).unwritten).toHaveLength(1);
    expect(await marks()).toEqual([]);
    await ledgerOf(undefined, lateMs).write(entriesAt(atMs, 1), 1_000);
    expect(await marks()).toEqual([{ hour: utcHour(atMs), markedAtMs: lateMs }]);
  });

  it('takes any entries there may be', async () => {
    await fc.assert(
      fc.asyncProperty(anyEntries, async (entries) => {
        const ofTheirOwn = entries.map((entry) => ({ ...entry, atMs: entry.atMs + nextDayMs() - START_MS }));
        expect(await ledgerOf().write(ofTheirOwn, 5_000)).toEqual({ unwritten: [] });
        const hours = new Set(ofTheirOwn.map(({ atMs }) => utcHour(atMs)));
        const read = (await Promise.all([...hours].map((hour) => ledgerOf().read(hour)))).flat();
        expect(byKey(read)).toEqual(byKey(ofTheirOwn));
      }),
      { numRuns: 20 },
    );
  });
});
