import type { JobMessage } from '../../pipeline/job/job-message.ts';
import type { LaneName } from '../../pipeline/job/lane.ts';
import type { JobRow } from './job-row.ts';
import type { ModelCall } from './model-calls.ts';
import type { Rig } from './rig.ts';
import type { StrikeRule } from './strike.ts';

/** A message with what a drill does not leave to chance. */
export type JobChanges = Partial<JobMessage>;

/** The words depend on nothing but the place in the list: models draw their latencies from them. */
const wordsOf = (index: number): JobMessage['input'] => ({
  messages: [{ role: 'user', content: `Bonjour ! Message ${index}, when is the next live?` }],
});

/** Sends jobs at once, and waits until all have ended. Their rows, in the order of the messages. */
export const runJobs = async (
  rig: Rig,
  messages: readonly JobChanges[],
  lane: LaneName = 'critical',
): Promise<JobRow[]> => {
  const worded = messages.map((changes, index) => ({ input: wordsOf(index), ...changes }));
  const jobIds = await rig.send(lane, worded);
  return Promise.all(jobIds.map((jobId) => rig.ended(jobId)));
};

/** Sends one job to lane `critical`, and waits for its end. */
export const runJob = async (rig: Rig, changes: JobChanges = {}): Promise<JobRow> => {
  const [row] = await runJobs(rig, [changes]);
  if (row === undefined) throw new Error('a job was sent and no row came of it');
  return row;
};

/** Sends one job into a world with these faults and no others. */
export const runStruckJob = async (
  rig: Rig,
  rules: readonly StrikeRule[],
  changes: JobChanges,
): Promise<JobRow> => {
  await rig.modelFaults(rules);
  return runJob(rig, changes);
};

/** Longer than a cold start, shorter than any limit on the first event: calls that take it meet each other. In ms. */
const OVERLAP_MS = 1_500;

/** Runs jobs side by side, so that cold starts are no part of what is measured next. Ends with no fault set. */
export const warmUp = async (rig: Rig, jobs: number): Promise<void> => {
  if (jobs > 1)
    await rig.modelFaults([{ id: 'warm', match: {}, fault: { kind: 'lateStart', ms: OVERLAP_MS } }]);
  await runJobs(
    rig,
    Array.from({ length: jobs }, () => ({})),
  );
  await rig.modelFaults([]);
};

/** The calls that a job has made, as the models saw them. */
export const callsOf = async (rig: Rig, { traceId }: JobRow): Promise<readonly ModelCall[]> =>
  (await rig.calls()).filter((call) => call.traceId === traceId);

/** An instant that many ms from now, as a producer writes it. */
export const deadlineIn = (ms: number): { deadlineAt: string } => ({
  deadlineAt: new Date(Date.now() + ms).toISOString(),
});
