// Runs in the worker thread of an execution environment.

/**
 * Shifts `Date` of this thread; monotonic clocks and timers stay as they are. Returns the clock as it was, for what
 * Lambda itself measures.
 */
export const skewClock = (skewMs: number): (() => number) => {
  const clock = Date;
  const trueNow = () => clock.now();
  if (skewMs !== 0) globalThis.Date = skewed(clock, skewMs);
  return trueNow;
};

const skewed = (clock: DateConstructor, skewMs: number): DateConstructor => {
  const now = () => clock.now() + skewMs;
  return new Proxy(clock, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: (target) => new target(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
};
