/** The time of metrics, alarms and schedules. It may run faster than the day, so that a drill need not last an hour. */
export type ScaledClock = {
  /** Metric time, in ms since 1970. */
  now(): number;
  /** How many ms of metric time pass in one ms. */
  readonly scale: number;
  /** Calls at the end of every minute of metric time, with that end; returns what ends it. */
  everyMinute(run: (minuteEndMs: number) => void): () => void;
};

export const MINUTE_MS = 60_000;

/** After a pause of the machine no more minutes than these are made up for. */
const MAX_MISSED_MINUTES = 10;

/** A clock that starts at this machine's time and runs `scale` times as fast. */
export const createScaledClock = (scale: number): ScaledClock => {
  const startedAtMs = Date.now();
  const origin = performance.now();
  const now = () => startedAtMs + (performance.now() - origin) * scale;
  return { now, scale, everyMinute: (run) => tickEveryMinute(now, scale, run) };
};

const tickEveryMinute = (
  now: () => number,
  scale: number,
  run: (minuteEndMs: number) => void,
): (() => void) => {
  let nextMs = nextMinute(now());
  let stopped = false;
  const tick = () => {
    nextMs = Math.max(nextMs, minuteOf(now()) - MAX_MISSED_MINUTES * MINUTE_MS);
    for (; nextMs <= now() && !stopped; nextMs += MINUTE_MS) run(nextMs);
    if (!stopped) timer = setTimeout(tick, untilNext());
  };
  const untilNext = () => Math.max(1, (nextMs - now()) / scale);
  let timer = setTimeout(tick, untilNext());
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
};

const minuteOf = (ms: number): number => Math.floor(ms / MINUTE_MS) * MINUTE_MS;

const nextMinute = (ms: number): number => minuteOf(ms) + MINUTE_MS;
