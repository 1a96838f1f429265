import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSRecord } from 'aws-lambda';
import { type Aggregator, createAggregator } from '../../lib/pipeline/alerts/aggregator.ts';
import { alertBody, flushBody } from '../../lib/pipeline/alerts/message-body.ts';
import type { Notice } from '../../lib/pipeline/alerts/notice.ts';
import { defaultPolicy } from '../../lib/pipeline/alerts/policy.ts';
import type { AlertTelemetry } from '../../lib/runtime/alert-telemetry.ts';
import { createAlertWorker } from '../../lib/runtime/alert-worker.ts';
import { createDynamoDbFleetStore } from '../../lib/runtime/dynamodb-fleet-store.ts';
import { anAlert } from '../pipeline/alerts/timeline.ts';
import { type LocalTables, startLocalTables } from './local-tables.ts';
import { aRecord } from './sqs-record.ts';

let tables: LocalTables;
beforeAll(async () => {
  tables = await startLocalTables();
});
afterAll(() => tables.stop());

type Said = { received: number; rejected: string[]; faults: number; beats: number; flushes: number };

const recorder = (): AlertTelemetry & { said: Said } => {
  const said: Said = { received: 0, rejected: [], faults: 0, beats: 0, flushes: 0 };
  return {
    said,
    received: (alerts) => {
      said.received += alerts;
    },
    published: () => undefined,
    rejected: (_record, reason) => said.rejected.push(reason),
    unreadable: () => undefined,
    fault: () => {
      said.faults += 1;
    },
    beat: () => {
      said.beats += 1;
    },
    flush: () => {
      said.flushes += 1;
    },
  };
};

const records = (...bodies: readonly string[]): SQSRecord[] =>
  bodies.map((body, index) => aRecord({ body, messageId: `message-${index}` }));

const failing: Aggregator = {
  take: () => Promise.reject(new Error('down')),
  flush: () => Promise.reject(new Error('down')),
  sweep: () => Promise.reject(new Error('down')),
};

const workerOf = (aggregator: Aggregator, reject: () => Promise<void> = async () => undefined) => {
  const telemetry = recorder();
  const worker = createAlertWorker({ aggregator, queue: { reject }, telemetry });
  return { worker, said: telemetry.said };
};

const NOW_MS = 5_000;

const aggregatorOnTable = (published: Notice[], tableName: string) =>
  createAggregator(
    {
      clock: { now: () => NOW_MS },
      store: createDynamoDbFleetStore({ client: tables.client, tableName, now: () => NOW_MS }),
      publish: async (notices) => {
        published.push(...notices);
        return new Set(notices.map(({ id }) => id));
      },
      arrange: async () => undefined,
      unreadable: () => undefined,
    },
    defaultPolicy,
  );

describe('a batch of the alerts queue', () => {
  it('becomes a notice of each group, with the groups in the table', async () => {
    const published: Notice[] = [];
    const { worker, said } = workerOf(aggregatorOnTable(published, tables.alerts));
    const critical = ['high', 'low'].map((lane) =>
      alertBody(anAlert({ severity: 'critical', labels: { lane }, atMs: NOW_MS })),
    );
    expect(await worker({ Records: records(...critical, 'hello') })).toEqual({ batchItemFailures: [] });
    expect(published).toMatchObject([{ name: 'waiting', counts: { firing: 2 }, lanes: ['high', 'low'] }]);
    expect(said).toEqual({ received: 2, rejected: ['not-json'], faults: 0, beats: 0, flushes: 1 });
  });

  it('loses nothing to another invocation that writes the same group at the same time', async () => {
    const published: Notice[] = [];
    const alerts = ['critical', 'high', 'medium', 'low'].map((lane) =>
      anAlert({ name: 'delivery-errors', labels: { lane }, atMs: NOW_MS }),
    );
    await Promise.all(alerts.map((alert) => aggregatorOnTable(published, tables.alerts).take([alert])));
    const store = createDynamoDbFleetStore({
      client: tables.client,
      tableName: tables.alerts,
      now: () => NOW_MS,
    });
    const groups = await store.list('group');
    const group = groups.find(({ name }) => name.startsWith('delivery-errors'))?.value;
    expect(group).toMatchObject({ received: 4, members: expect.any(Array) });
  });

  it('comes back in part: what the table would not take, but not what was rejected or is nothing', async () => {
    const { worker, said } = workerOf(failing);
    const lacksData = JSON.stringify({ kind: 'unknown' });
    const batch = records(
      alertBody(anAlert()),
      lacksData,
      flushBody({ name: 'waiting/warning/', dueAtMs: 1 }),
    );
    expect(await worker({ Records: batch })).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-0' }, { itemIdentifier: 'message-2' }],
    });
    expect(said).toMatchObject({ rejected: ['unknown-form'], faults: 2 });
  });

  it('comes back where the dead-letter queue would not take what is no alert', async () => {
    const { worker, said } = workerOf(failing, () => Promise.reject(new Error('down')));
    expect(await worker({ Records: records('hello') })).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-0' }],
    });
    expect(said).toMatchObject({ rejected: [], faults: 1 });
  });
});

describe('a silence that a person has written into the table', () => {
  it('keeps its alerts from people, and the others not', async () => {
    const value = '{"matchers": {"name": "failed-*"}, "untilSeconds": 1000, "reason": "known"}';
    const row = { family: { S: 'silence' }, name: { S: '1' }, value: { S: value } };
    await tables.client.send(new PutItemCommand({ TableName: tables.alerts, Item: row }));
    const published: Notice[] = [];
    const aggregator = aggregatorOnTable(published, tables.alerts);
    const critical = { severity: 'critical' as const, atMs: NOW_MS };
    await aggregator.take([
      anAlert({ ...critical, name: 'failed-jobs' }),
      anAlert({ ...critical, name: 'unpriced-calls' }),
    ]);
    expect(published.map(({ name }) => name)).toEqual(['unpriced-calls']);
  });
});

describe('the schedule', () => {
  it('makes the heart beat when every group has been looked at', async () => {
    const { worker, said } = workerOf({ ...failing, sweep: async () => ({ published: 0, unpublished: 0 }) });
    await worker({});
    expect(said).toMatchObject({ beats: 1, flushes: 1 });
  });

  it('that finds the table down is an error of the function, without a beat', async () => {
    const { worker, said } = workerOf(failing);
    await expect(worker({})).rejects.toThrow('down');
    expect(said).toMatchObject({ beats: 0, flushes: 1 });
  });
});
