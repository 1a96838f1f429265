import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import type { JobRow } from './job-row.ts';
import { hasEnded, jobRowAttributes, parseJobRow } from './job-row.ts';
import { pause } from './pause.ts';

/** The most keys that BatchGetItem takes. */
const BATCH_SIZE = 100;

export type JobsTable = { dynamodb: DynamoDBClient; jobsTable: string };

/** The latest known row of every job of the run, by job id. */
export type Rows = Map<string, JobRow>;

export type Following = {
  onChange(): void;
  signal: AbortSignal;
  pollMs: number;
  /** How long nothing may move before the run is given up. */
  stallMs: number;
};

/** Reads the rows of unfinished jobs, over and over, into `rows`, until all have ended or nothing moves any more. */
export const followJobs = async (
  table: JobsTable,
  rows: Rows,
  following: Following,
): Promise<'ended' | 'stalled' | 'interrupted'> => {
  let movedAtMs = performance.now();
  while (!following.signal.aborted) {
    if (await refresh(table, rows)) {
      movedAtMs = performance.now();
      following.onChange();
    }
    if (unfinished(rows).length === 0) return 'ended';
    if (performance.now() - movedAtMs > following.stallMs) return 'stalled';
    await pause(following.pollMs, following.signal);
  }
  return 'interrupted';
};

export const unfinished = (rows: Rows): JobRow[] => [...rows.values()].filter((row) => !hasEnded(row));

/** True if any job moved. */
const refresh = async (table: JobsTable, rows: Rows): Promise<boolean> => {
  let moved = false;
  const waiting = unfinished(rows);
  for (let start = 0; start < waiting.length; start += BATCH_SIZE) {
    for (const row of await readRows(table, waiting.slice(start, start + BATCH_SIZE))) {
      const before = rows.get(row.jobId);
      moved ||= before?.status !== row.status || before.attempts.length !== row.attempts.length;
      rows.set(row.jobId, row);
    }
  }
  return moved;
};

/** Keys that DynamoDB leaves unprocessed are simply asked for in the next round. */
const readRows = async ({ dynamodb, jobsTable }: JobsTable, known: readonly JobRow[]): Promise<JobRow[]> => {
  const Keys = known.map(({ jobId, tenantId }) => ({ jobId: { S: jobId }, tenantId: { S: tenantId } }));
  const reply = await dynamodb.send(
    new BatchGetItemCommand({ RequestItems: { [jobsTable]: { Keys, ...projection } } }),
  );
  return (reply.Responses?.[jobsTable] ?? []).map(parseJobRow);
};

/** Placeholders throughout, because `status` is a reserved word of DynamoDB. */
const projection = {
  ProjectionExpression: jobRowAttributes.map((name) => `#${name}`).join(', '),
  ExpressionAttributeNames: Object.fromEntries(jobRowAttributes.map((name) => [`#${name}`, name])),
};
