import { setTimeout as delay } from 'node:timers/promises';

/** Waits, but no longer than the signal lets it. */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};
