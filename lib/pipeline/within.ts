import type { Clock } from './ports.ts';

/** What a promise brings within `ms`; `undefined` when that is too long. The promise is left behind then. */
export const within = async <Result>(
  clock: Pick<Clock, 'timer'>,
  ms: number,
  promise: Promise<Result>,
): Promise<Result | undefined> => {
  const timer = clock.timer(Math.max(ms, 0));
  const late = new Promise<undefined>((resolve) => {
    timer.signal.addEventListener('abort', () => resolve(undefined));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.cancel();
  }
};
