import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_PAUSE_MS = 1_000;

export type Rounds = {
  signal: AbortSignal;
  round(): Promise<void>;
  /** Told of rounds that failed. */
  onProblem(sentence: string): void;
};

/** One round after the other until the signal says stop; after one that failed, with a pause. */
export const keepPolling = async ({ signal, round, onProblem }: Rounds): Promise<void> => {
  while (!signal.aborted) {
    try {
      await round();
    } catch (error) {
      if (signal.aborted) return;
      onProblem(error instanceof Error ? error.message : 'poll failed');
      await sleep(RETRY_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
};
