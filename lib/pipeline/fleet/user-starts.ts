import type { Started } from '../ports.ts';

/**
 * The window in which a user's starts are counted, in ms. More than a minute: one worker's clock may be 3 s ahead and
 * another's 3 s behind, and a call may leave its worker 4 s after its start was noted, when the store is slow.
 */
export const START_WINDOW_MS = 70_000;

/**
 * The rule of the sliding window, over the instants of a user's last `limit` starts, oldest first: a start may happen
 * when the oldest of them has left the window. Exact at every instant, where fixed windows let twice as many through.
 */
export const decideStart = (starts: readonly number[], limit: number, nowMs: number): Started => {
  const oldestMs = starts.at(-limit);
  if (oldestMs === undefined || oldestMs + START_WINDOW_MS <= nowMs) return { kind: 'started' };
  return { kind: 'full', freeAtMs: oldestMs + START_WINDOW_MS };
};
