import { createScaledClock } from '../../../lib/local/cloud/scaled-clock.ts';

const MINUTE = 60_000;

/** The first minutes that a clock of this speed tells of, and when it told of them in its own time. */
const firstMinutes = (scale: number, count: number): Promise<{ endMs: number; nowMs: number }[]> => {
  const clock = createScaledClock(scale);
  const { promise, resolve } = Promise.withResolvers<{ endMs: number; nowMs: number }[]>();
  const seen: { endMs: number; nowMs: number }[] = [];
  const stop = clock.everyMinute((endMs) => {
    seen.push({ endMs, nowMs: clock.now() });
    if (seen.length < count) return;
    stop();
    resolve(seen);
  });
  return promise;
};

it('tells of every minute once, in turn, and never before it is over', async () => {
  const minutes = await firstMinutes(6_000, 5);
  const [first] = minutes;
  expect(minutes.slice(0, 5).map(({ endMs }) => endMs - (first?.endMs ?? 0))).toEqual(
    [0, 1, 2, 3, 4].map((minute) => minute * MINUTE),
  );
  expect(first?.endMs).toBe(Math.floor((first?.endMs ?? 1) / MINUTE) * MINUTE);
  for (const { endMs, nowMs } of minutes) expect(nowMs).toBeGreaterThanOrEqual(endMs);
});
