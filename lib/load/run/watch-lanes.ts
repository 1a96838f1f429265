import type { HttpClient } from '../../client/http-client.ts';
import { pause } from '../../local/sample/pause.ts';
import type { LaneName } from '../../pipeline/job/lane.ts';

/** What the queues of the lanes held at an instant. */
export type LaneSample = {
  atMs: number;
  lanes: { lane: LaneName; waiting: number; inFlight: number; deadLetters: number }[];
};

const EVERY_MS = 2_000;

/** Looks at the lanes again and again until the signal aborts. A look that fails leaves a gap. */
export const watchLanes = async (
  api: Pick<HttpClient, 'listLanes'>,
  onSample: (sample: LaneSample) => void,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    const sample = await sampleLanes(api);
    if (sample !== undefined) onSample(sample);
    await pause(EVERY_MS, signal);
  }
};

export const sampleLanes = async (api: Pick<HttpClient, 'listLanes'>): Promise<LaneSample | undefined> => {
  const reply = await api.listLanes().catch(() => undefined);
  if (reply?.kind !== 'answer') return undefined;
  return {
    atMs: Date.now(),
    lanes: reply.body.lanes.map(({ lane, waiting, inFlight, deadLetters }) => ({
      lane,
      waiting,
      inFlight,
      deadLetters,
    })),
  };
};
