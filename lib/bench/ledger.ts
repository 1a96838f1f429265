import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startCloud } from '../local/cloud/cloud.ts';
import { PROVIDER_KEYS } from '../local/secret-names.ts';
import { synthesize } from '../local/synthesize.ts';
import type { LedgerEntry } from '../pipeline/money/ledger.ts';
import { FOLD_EVERY_MINUTES } from '../pipeline/money/totals.ts';
import { HOUR_MS } from '../pipeline/utc.ts';
import { foldHours } from '../runtime/ledger/fold-hours.ts';
import { createLedgerTable } from '../runtime/ledger/ledger-table.ts';
import { createTotalsTable } from '../runtime/ledger/totals-table.ts';
import { type BilledUnits, billedUnits } from './billed-units.ts';
import { OUTSIDE_CALLER } from './dispatch-load.ts';
import { type BookedJob, bookedJobs } from './ledger-load.ts';
import type { BenchContext, Figure, Measure } from './measure.ts';
import { createNaiveTables, createNaiveTally } from './naive-tally.ts';

const JOBS = 1_000;
const BATCH_SIZES = [1, 2, 5, 10] as const;

/** On-demand prices of us-east-1 (aws.amazon.com/dynamodb/pricing/on-demand, read 2026-11-22), in US dollars. */
const USD_PER_MILLION_WRITES = 0.625;
const USD_PER_MILLION_READS = 0.125;

/** Of the issue: what our way bills less than the naive one. */
const LEAST_SAVED_PERCENT = { overall: 40, 'batch of 10': 60 };

/** Ours and the naive way, for the same jobs. */
type Compared = { batch: number; ours: BilledUnits; naive: BilledUnits };

/**
 * Bills one hour with a thousand jobs both ways: ledger and totals as they are deployed, folds of that hour and of the
 * next included; and one PutItem and three UpdateItems per call.
 */
export const measureLedger = async (context: BenchContext): Promise<Measure> => {
  context.say('ledger: starting the local cloud ...');
  await using opened = new AsyncDisposableStack();
  const assemblyDir = join(context.workDir, 'cdk.out');
  await synthesize(context.projectDir, assemblyDir, {});
  const cloud = await startCloud({
    assemblyDir,
    ports: { aws: 0, dynamodb: 0 },
    secrets: { [PROVIDER_KEYS]: '{}' },
  });
  opened.defer(() => cloud.stop());
  const connect = () => {
    const client = new DynamoDBClient({ ...OUTSIDE_CALLER, endpoint: cloud.endpoints.dynamodb });
    opened.defer(() => client.destroy());
    return client;
  };
  await createNaiveTables(connect());
  const compared: Compared[] = [];
  for (const [day, batch] of BATCH_SIZES.entries()) {
    context.signal.throwIfAborted();
    context.say(`ledger: ${JOBS} jobs in batches of ${batch}, both ways ...`);
    const jobs = bookedJobs(JOBS, batch, day);
    compared.push({ batch, ours: await billOurs(connect(), jobs), naive: await billNaive(connect(), jobs) });
  }
  return { name: 'ledger', figures: figuresOf(compared) };
};

/** Batches come one after the other; folds come between them, as the schedule has them. */
const billOurs = async (client: DynamoDBClient, jobs: readonly BookedJob[]): Promise<BilledUnits> => {
  const units = billedUnits(client);
  const clock = { nowMs: jobs[0]?.atMs ?? 0 };
  const tables = {
    client,
    ledgerTable: 'relay-local-ledger',
    totalsTable: 'relay-local-totals',
    retentionSeconds: 34_560_000,
    now: () => clock.nowMs,
  };
  const parts = { ledger: createLedgerTable(tables), totals: createTotalsTable(tables), now: tables.now };
  const endMs = clock.nowMs + 2 * HOUR_MS;
  const batches = Map.groupBy(jobs, ({ atMs }) => atMs);
  const enter = async ([atMs, batch]: [number, BookedJob[]]) => {
    clock.nowMs = atMs;
    const { unwritten } = await parts.ledger.write(entriesIn(batch), 10_000);
    if (unwritten.length > 0) throw new Error('the local ledger did not take all entries');
  };
  const left = [...batches].sort(([one], [other]) => one - other);
  const firstMs = clock.nowMs;
  for (let foldMs = firstMs + FOLD_MS; foldMs <= endMs; foldMs += FOLD_MS) {
    while (left[0] !== undefined && left[0][0] < foldMs) await enter(left.splice(0, 1)[0] ?? [0, []]);
    clock.nowMs = foldMs - 1; // a fold on the hour belongs to the hour before
    await foldHours(parts);
  }
  return units();
};

const FOLD_MS = FOLD_EVERY_MINUTES * 60_000;

const billNaive = async (client: DynamoDBClient, jobs: readonly BookedJob[]): Promise<BilledUnits> => {
  const units = billedUnits(client);
  const tally = createNaiveTally(client);
  for (const entry of entriesIn(jobs)) await tally(entry);
  return units();
};

const entriesIn = (jobs: readonly BookedJob[]): readonly LedgerEntry[] =>
  jobs.flatMap(({ entries }) => entries);

const usd = ({ reads, writes }: BilledUnits): number =>
  (writes * USD_PER_MILLION_WRITES + reads * USD_PER_MILLION_READS) / 1_000_000;

const savedPercent = (ours: number, naive: number): number => (1 - ours / naive) * 100;

const figuresOf = (compared: readonly Compared[]): Figure[] => {
  const sum = (pick: (one: Compared) => number) => compared.reduce((all, one) => all + pick(one), 0);
  const [ours, naive] = [sum((one) => usd(one.ours)), sum((one) => usd(one.naive))];
  return [
    ...compared.flatMap(figuresOfBatch),
    {
      name: 'write units saved overall',
      value: savedPercent(
        sum((one) => one.ours.writes),
        sum((one) => one.naive.writes),
      ),
      unit: '%',
      goal: { kind: 'at-least', limit: LEAST_SAVED_PERCENT.overall },
    },
    { name: 'price saved overall, reads of folds included', value: savedPercent(ours, naive), unit: '%' },
  ];
};

const figuresOfBatch = ({ batch, ours, naive }: Compared): Figure[] => {
  const label = `batch of ${batch}`;
  const goal = { kind: 'at-least', limit: LEAST_SAVED_PERCENT['batch of 10'] } as const;
  return [
    { name: `${label}, ours`, value: ours.writes, unit: 'write units' },
    { name: `${label}, naive`, value: naive.writes, unit: 'write units' },
    { name: `${label}, reads of folds`, value: ours.reads, unit: 'read units' },
    {
      name: `${label}, saved`,
      value: savedPercent(ours.writes, naive.writes),
      unit: '%',
      ...(batch === 10 && { goal }),
    },
    { name: `${label}, ours, reads included`, value: usd(ours), unit: '$/1000 jobs' },
    { name: `${label}, naive`, value: usd(naive), unit: '$/1000 jobs' },
  ];
};
