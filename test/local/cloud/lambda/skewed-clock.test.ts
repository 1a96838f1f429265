import { skewClock } from '../../../../lib/local/cloud/lambda/skewed-clock.ts';

const HOUR_MS = 60 * 60 * 1000;
const trueClock = Date;

afterEach(() => {
  globalThis.Date = trueClock;
});

it('shifts what Date says of now, and nothing else', () => {
  const before = trueClock.now();
  skewClock(-HOUR_MS);
  const read = [Date.now(), Date.parse(new Date().toISOString()), Date.parse(Date())];
  const after = trueClock.now();
  for (const ms of read) {
    // `Date()` has no milliseconds.
    expect(ms).toBeGreaterThan(before - HOUR_MS - 1_000);
    expect(ms).toBeLessThanOrEqual(after - HOUR_MS);
  }
  expect(new Date(5).getTime()).toBe(5);
  expect(new Date(2026, 0, 2).getDate()).toBe(2);
  expect(Date.UTC(1970, 0, 1)).toBe(0);
  expect(new Date()).toBeInstanceOf(Date);
});

it('hands out the clock as it was', () => {
  const trueNow = skewClock(HOUR_MS);
  expect(trueNow()).toBeLessThanOrEqual(trueClock.now());
});

it('leaves Date alone when there is nothing to shift', () => {
  skewClock(0);
  expect(Date).toBe(trueClock);
});
