import type { Clock } from './ports.ts';

/** Resolves when `ms` are over. */
export const elapse = (clock: Pick<Clock, 'timer'>, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.timer(ms).signal.addEventListener('abort', () => resolve());
  });
