import { pause } from '../../local/sample/pause.ts';
import type { LaneName } from '../../pipeline/job/lane.ts';
import type { JobRow } from './job-row.ts';
import type { Rig } from './rig.ts';

export type Message = Parameters<Rig['send']>[1][number];

/** Jobs that come one after the other, at the same rate for a while. */
export type Traffic = { lane: LaneName; perSecond: number; forMs: number; message: Message };

/** How long a sender sleeps between looks at the time, in ms. */
const EVERY_MS = 50;

/** Sends, and waits for the jobs' ends. Their rows, in the order of sending. */
export const steadyTraffic = async (
  rig: Pick<Rig, 'send' | 'ended'>,
  signal: AbortSignal,
  { lane, perSecond, forMs, message }: Traffic,
): Promise<JobRow[]> => {
  const startedAtMs = performance.now();
  const ends: Promise<JobRow>[] = [];
  for (let sentMs = 0; sentMs < forMs && !signal.aborted; sentMs = performance.now() - startedAtMs) {
    const due = Math.floor((sentMs / 1000) * perSecond) + 1 - ends.length;
    const jobIds = await rig.send(
      lane,
      Array.from({ length: due }, () => message),
    );
    ends.push(...jobIds.map((jobId) => rig.ended(jobId)));
    await pause(EVERY_MS, signal);
  }
  return Promise.all(ends);
};
