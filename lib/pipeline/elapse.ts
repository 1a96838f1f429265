import type { Clock } from './ports.ts';

/** Resolves when so many ms have passed. */
export const elapse = (clock: Pick<Clock, 'timer'>, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.timer(ms).signal.addEventListener('abort', () => resolve());
  });
