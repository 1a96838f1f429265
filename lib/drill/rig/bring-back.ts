import { setTimeout as sleep } from 'node:timers/promises';
import type { Rig } from './rig.ts';

/** How often messages of dead environments are made visible, in ms. */
const EVERY_MS = 1_000;

/**
 * Makes visible what dead environments hold, again and again until the promise resolves. On AWS each would wait for its
 * visibility timeout, minutes in which nothing else happens to it.
 */
export const bringBackUntil = async <Result>(rig: Rig, over: Promise<Result>): Promise<Result> => {
  const stop = new AbortController();
  const bringing = bringBack(rig, stop.signal);
  try {
    return await over;
  } finally {
    stop.abort();
    await bringing;
  }
};

const bringBack = async ({ endpoints }: Rig, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const response = await fetch(`${endpoints.control}/control/visibility/expire`, { method: 'POST' });
    await response.text();
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
};
