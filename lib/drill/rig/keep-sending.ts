import { pause } from '../../local/sample/pause.ts';
import type { LaneName } from '../../pipeline/job/lane.ts';
import type { Rig } from './rig.ts';
import type { JobChanges } from './run-jobs.ts';

/** Sends these jobs again and again until the signal aborts; nobody waits for their ends. */
export const keepSending = async (
  rig: Pick<Rig, 'send'>,
  signal: AbortSignal,
  { lane = 'critical', everyMs, jobs }: { lane?: LaneName; everyMs: number; jobs: readonly JobChanges[] },
): Promise<void> => {
  while (!signal.aborted) {
    await rig.send(lane, jobs);
    await pause(everyMs, signal);
  }
};
