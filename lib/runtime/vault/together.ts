import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One read at a time: what is asked for while one is under way goes together in the next, which begins after it was asked
 * for. The jobs of a batch, all of one tenant perhaps, so cost a few reads and not ten. `gatherMs`: how long a read waits
 * for others to come.
 */
export const together = <Result>(read: (names: readonly string[]) => Promise<Result>, gatherMs = 0) => {
  let last: Promise<unknown> = Promise.resolve();
  let next: { names: Set<string>; found: Promise<Result> } | undefined;
  const begin = () => {
    const names = new Set<string>();
    const found = last.then(async () => {
      if (gatherMs > 0) await sleep(gatherMs);
      next = undefined;
      return read([...names]);
    });
    last = found.catch(() => undefined); // whoever asked is told
    return { names, found };
  };
  return (asked: readonly string[]): Promise<Result> => {
    next ??= begin();
    for (const name of asked) next.names.add(name);
    return next.found;
  };
};
