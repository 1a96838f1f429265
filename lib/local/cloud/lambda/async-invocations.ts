import { MINUTE_MS, type ScaledClock } from '../scaled-clock.ts';
import type { LambdaFunction } from './lambda.ts';

/** Invocations that nobody waits for: Lambda takes the event at once, and repeats it when the function fails. */
export type AsyncInvocations = {
  invoke(target: Target, event: string): void;
  stop(): void;
};

type Target = Pick<LambdaFunction, 'invoke'>;

/** One that failed is repeated after one minute and after two more (Lambda, "Asynchronous invocation"). */
const RETRY_AFTER_MS = [MINUTE_MS, 2 * MINUTE_MS];

type Invocation = { target: Target; event: string; failures: number };

export const createAsyncInvocations = (clock: Pick<ScaledClock, 'now' | 'everyMinute'>): AsyncInvocations => {
  const retries = new Map<Invocation, number>();
  const invoke = async ({ target, event, failures }: Invocation): Promise<void> => {
    const { kind } = await target.invoke(event);
    const retryAfterMs = RETRY_AFTER_MS[failures];
    if (kind === 'returned' || retryAfterMs === undefined) return;
    retries.set({ target, event, failures: failures + 1 }, clock.now() + retryAfterMs);
  };
  const stop = clock.everyMinute((minuteEndMs) => {
    for (const [retry, dueMs] of retries) {
      if (dueMs > minuteEndMs) continue;
      retries.delete(retry);
      void invoke(retry);
    }
  });
  return { invoke: (target, event) => void invoke({ target, event, failures: 0 }), stop };
};
