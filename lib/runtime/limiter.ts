/** Runs at most `limit` tasks at a time; the others wait in the order in which they came. */
export const createLimiter = (limit: number) => {
  const waiting: (() => void)[] = [];
  let running = 0;
  const enter = async () => {
    if (running < limit) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  /** A place is handed to whoever waits, and is free only when nobody does. */
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return async <Result>(task: () => Promise<Result>): Promise<Result> => {
    await enter();
    try {
      return await task();
    } finally {
      leave();
    }
  };
};
