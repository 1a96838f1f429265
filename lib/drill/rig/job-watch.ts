/** Follows jobs by what their functions log; the ids of jobs without one of their own are their messages'. */
export type JobWatch = {
  onLine(line: string): void;
  /** Resolves when the job has ended; rejects on abort. */
  ended(jobId: string): Promise<void>;
};

/** A worker may die between its last write and its log line: then the next delivery says `duplicate`. */
const OVER = /"message":"job (ended|duplicate)"/;
const MESSAGE_ID = /"messageId":"([^"]+)"/;

export const createJobWatch = (signal: AbortSignal): JobWatch => {
  const over = new Set<string>();
  const waiting = new Map<string, (() => void)[]>();
  return {
    onLine: (line) => {
      if (!OVER.test(line)) return;
      const [, messageId] = MESSAGE_ID.exec(line) ?? [];
      if (messageId === undefined) return;
      over.add(messageId);
      for (const resolve of waiting.get(messageId) ?? []) resolve();
      waiting.delete(messageId);
    },
    ended: async (jobId) => {
      signal.throwIfAborted();
      if (over.has(jobId)) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.set(jobId, [...(waiting.get(jobId) ?? []), resolve]);
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort);
      await promise.finally(() => signal.removeEventListener('abort', abort));
    },
  };
};
