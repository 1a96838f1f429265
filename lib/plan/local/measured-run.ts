import type { JobRow } from '../../drill/rig/job-row.ts';
import type { Rig } from '../../drill/rig/rig.ts';
import { pause } from '../../local/sample/pause.ts';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import type { ModelName } from '../../pipeline/model/model.ts';
import type { ToSend } from './load.ts';

/** A job as it went, in ms since 1970. */
export type MeasuredJob = {
  jobId: string;
  lane: LaneName;
  model: ModelName;
  sentMs: number;
  claimMs: number;
  endMs: number;
  /** Calls of providers: more than one, and a fallback or a second try made it longer. */
  calls: number;
};

/** An invocation: when the mapping handed the batch over, and when it had the function's answer. */
export type MeasuredBatch = { jobIds: readonly string[]; startedMs: number; endedMs: number };

export type MeasuredRun = { jobs: readonly MeasuredJob[]; batches: readonly MeasuredBatch[] };

/**
 * Without the jobs that a plan says nothing of: those whose calls failed, or that came back to their lane. Models of a run
 * do not fail by themselves; where the machine is too busy to hear them, they are taken for dead.
 */
export const undisturbed = ({ jobs, batches }: MeasuredRun): MeasuredRun => {
  const delivered = batches.flatMap(({ jobIds }) => jobIds);
  const again = new Set(delivered.filter((jobId, index) => delivered.indexOf(jobId) !== index));
  const left = jobs.filter(({ jobId, calls }) => calls === 1 && !again.has(jobId));
  const ids = new Set(left.map(({ jobId }) => jobId));
  return { jobs: left, batches: batches.filter(({ jobIds }) => jobIds.every((jobId) => ids.has(jobId))) };
};

/** Longer than any run. */
const DEADLINE_MS = 3_600_000;

/** How long a sender sleeps between looks at the time, in ms. */
const SEND_EVERY_MS = 50;

/** Sends the jobs when they are due and waits until all have ended; `watch` must have been there from the start. */
export const measureRun = async (
  rig: Pick<Rig, 'send' | 'ended'>,
  watch: BatchWatch,
  schedule: readonly ToSend[],
  signal: AbortSignal,
): Promise<MeasuredRun> => {
  const sent: Promise<MeasuredJob>[] = [];
  await sendInTime(rig, schedule, sent, signal);
  const jobs = await Promise.all(sent);
  return { jobs, batches: watch.batchesOf(jobs) };
};

const sendInTime = async (
  rig: Pick<Rig, 'send' | 'ended'>,
  schedule: readonly ToSend[],
  sent: Promise<MeasuredJob>[],
  signal: AbortSignal,
): Promise<void> => {
  const startMs = performance.now();
  for (let next = 0; next < schedule.length; ) {
    signal.throwIfAborted();
    const nowMs = performance.now() - startMs;
    const due = schedule.slice(next).filter(({ atMs }) => atMs <= nowMs);
    next += due.length;
    sent.push(...(await sendAll(rig, due)));
    const following = schedule[next];
    if (following !== undefined) await pause(Math.max(SEND_EVERY_MS, following.atMs - nowMs), signal);
  }
};

const sendAll = async (
  { send, ended }: Pick<Rig, 'send' | 'ended'>,
  due: readonly ToSend[],
): Promise<Promise<MeasuredJob>[]> => {
  // a lane's patience is not what is measured
  const deadlineAt = new Date(Date.now() + DEADLINE_MS).toISOString();
  const lanes = laneNames.map(async (lane) => {
    const own = due.filter((job) => job.lane === lane);
    const jobIds = await send(
      lane,
      own.map(({ model }) => ({ model, deadlineAt })),
    );
    const jobs = own.map(async ({ model }, index) =>
      measuredJob(lane, model, await ended(jobIds[index] ?? '')),
    );
    // what ends badly while others are still to be sent is told when all are
    for (const job of jobs) job.catch(() => undefined);
    return jobs;
  });
  return (await Promise.all(lanes)).flat();
};

const measuredJob = (lane: LaneName, model: ModelName, row: JobRow): MeasuredJob => {
  if (row.status !== 'succeeded' || row.endedAtMs === undefined)
    throw new Error(`a job of lane ${lane} ended ${row.status}: ${row.reason ?? ''}`);
  const { jobId, enqueuedAtMs: sentMs, startedAtMs: claimMs, endedAtMs: endMs } = row;
  return {
    jobId,
    lane,
    model,
    sentMs,
    claimMs,
    endMs,
    calls: row.attempts.length,
  };
};

/** Follows what mappings hand over, for as long as the rig lives. */
export type BatchWatch = {
  /** The batches, in the order in which they were handed over, that hold any of these jobs. */
  batchesOf(jobs: readonly Pick<MeasuredJob, 'jobId'>[]): MeasuredBatch[];
};

export const watchBatches = (rig: Pick<Rig, 'onDelivery'>, now: () => number): BatchWatch => {
  const batches = new Map<number, { jobIds: readonly string[]; startedMs: number; endedMs: number }>();
  rig.onDelivery((event) => {
    if (event.kind === 'started') {
      const jobIds = event.batch.map(({ MessageId }) => MessageId);
      batches.set(event.delivery, { jobIds, startedMs: now(), endedMs: Number.NaN });
    } else {
      const batch = batches.get(event.delivery);
      if (batch !== undefined) batch.endedMs = now();
    }
  });
  return {
    batchesOf: (jobs) => {
      const ids = new Set(jobs.map(({ jobId }) => jobId));
      return [...batches.values()].filter(({ jobIds }) => jobIds.some((jobId) => ids.has(jobId)));
    },
  };
};
