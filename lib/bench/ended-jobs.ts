/** Follows jobs by what their functions log, which costs less than reading their rows again and again. */
export type EndedJobs = {
  onLine(line: string): void;
  /** When each job ended, on the clock given. */
  atMs: readonly number[];
  /** Resolves when so many jobs have ended; rejects when none has for `stallMs`, or on abort. */
  reach(count: number, stallMs: number, signal: AbortSignal): Promise<void>;
};

/** The words of lib/runtime/telemetry.ts for a job that is over. */
const ENDED = '"message":"job ended"';

export const createEndedJobs = (now: () => number): EndedJobs => {
  const atMs: number[] = [];
  const watchers = new Set<() => void>();
  return {
    atMs,
    onLine: (line) => {
      if (!line.includes(ENDED)) return;
      atMs.push(now());
      for (const look of watchers) look();
    },
    reach: async (count, stallMs, signal) => {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const abort = () => reject(signal.reason);
      const stall = setTimeout(() => {
        reject(new Error(`no job ended for ${stallMs / 1_000} s: ${atMs.length} of ${count} have ended`));
      }, stallMs);
      const look = () => {
        stall.refresh();
        if (atMs.length >= count) resolve();
      };
      watchers.add(look);
      signal.addEventListener('abort', abort);
      look();
      await promise.finally(() => {
        clearTimeout(stall);
        watchers.delete(look);
        signal.removeEventListener('abort', abort);
      });
    },
  };
};
