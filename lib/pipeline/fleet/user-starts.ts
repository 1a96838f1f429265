import type { Started } from '../ports.ts';

/**
 * The window in which a user's starts are counted, in ms. Little more than a minute, for a call leaves its worker somewhat
 * after its start was noted; not much more, or who writes as often as is allowed would wait longer with every minute.
 */
export const START_WINDOW_MS = 60_500;

/**
 * The rule of the sliding window, over the instants of a user's last `limit` starts, oldest first: a start may happen
 * when the oldest of them has left the window. Exact at every instant, where fixed windows let twice as many through.
 */
export const decideStart = (starts: readonly number[], limit: number, nowMs: number): Started => {
  const oldestMs = starts.at(-limit);
  if (oldestMs === undefined || oldestMs + START_WINDOW_MS <= nowMs) return { kind: 'started' };
  return { kind: 'full', freeAtMs: oldestMs + START_WINDOW_MS };
};
