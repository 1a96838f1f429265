import type { AlarmState } from '../../local/cloud/cloudwatch/alarm.ts';
import type { AlarmChange } from '../../local/cloud/cloudwatch/alarms.ts';

/** A change, and when it came by `performance.now()`. */
export type SeenChange = { change: AlarmChange; seenAtMs: number };

/** Follows the alarms of a local cloud. */
export type AlarmWatch = {
  onChange(change: AlarmChange): void;
  /**
   * Resolves with the change that brought the alarm to a state, at once if it is in it; with `undefined` when it has not
   * come to it by then. Rejects on abort.
   */
  reaches(name: string, state: AlarmState, withinMs: number): Promise<SeenChange | undefined>;
};

export const createAlarmWatch = (signal: AbortSignal): AlarmWatch => {
  const latest = new Map<string, SeenChange>();
  const listeners = new Set<(seen: SeenChange) => void>();
  return {
    onChange: (change) => {
      const seen = { change, seenAtMs: performance.now() };
      latest.set(change.alarm.name, seen);
      for (const listen of listeners) listen(seen);
    },
    reaches: async (name, state, withinMs) => {
      signal.throwIfAborted();
      const known = latest.get(name);
      if (known?.change.to === state) return known;
      const { promise, resolve, reject } = Promise.withResolvers<SeenChange | undefined>();
      const listen = (seen: SeenChange) => {
        if (seen.change.alarm.name === name && seen.change.to === state) resolve(seen);
      };
      const abort = () => reject(signal.reason);
      const timer = setTimeout(resolve, withinMs, undefined);
      listeners.add(listen);
      signal.addEventListener('abort', abort);
      return promise.finally(() => {
        clearTimeout(timer);
        listeners.delete(listen);
        signal.removeEventListener('abort', abort);
      });
    },
  };
};
