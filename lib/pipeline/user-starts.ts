import type { Started } from './ports.ts';

/** The window in which a user's starts are counted, in ms. A second more than a minute: workers' clocks differ. */
export const START_WINDOW_MS = 61_000;

/**
 * The rule of the sliding window, over the instants of a user's last `limit` starts, oldest first: a start may happen
 * when the oldest of them has left the window. Exact at every instant, where fixed windows let twice as many through.
 */
export const decideStart = (starts: readonly number[], limit: number, nowMs: number): Started => {
  const oldestMs = starts.at(-limit);
  if (oldestMs === undefined || oldestMs + START_WINDOW_MS <= nowMs) return { kind: 'started' };
  return { kind: 'full', freeAtMs: oldestMs + START_WINDOW_MS };
};
