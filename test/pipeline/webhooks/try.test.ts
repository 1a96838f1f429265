import fc from 'fast-check';
import { stages } from '../../../lib/config.ts';
import { DAY_MS, HOUR_MS } from '../../../lib/pipeline/utc.ts';
import { afterFailedTry, resultOfReply } from '../../../lib/pipeline/webhooks/try.ts';

describe('a reply', () => {
  it.each([
    [200, { kind: 'delivered' }],
    [204, { kind: 'delivered' }],
    [299, { kind: 'delivered' }],
    [301, { kind: 'failed', reason: 'redirected' }],
    [308, { kind: 'failed', reason: 'redirected' }],
    [400, { kind: 'failed', reason: 'status-400' }],
    [410, { kind: 'gone' }],
    [429, { kind: 'failed', reason: 'status-429', retryAfterMs: 7_000 }],
    [500, { kind: 'failed', reason: 'status-500' }],
    [503, { kind: 'failed', reason: 'status-503', retryAfterMs: 7_000 }],
    [0, { kind: 'failed', reason: 'status-0' }],
  ])('of status %i', (status, result) => {
    expect(resultOfReply(status, 7_000)).toEqual(result);
  });

  it('that asks for no wait has none', () => {
    expect(resultOfReply(503, undefined)).toEqual({ kind: 'failed', reason: 'status-503' });
  });
});

const waitsMs = stages.production.webhooks.waitsSeconds.map((seconds) => seconds * 1_000);

/** Tries until it is given up: when each was made, in ms after the first. */
const triesUntilGivenUp = (retryAfterMs: (nth: number) => number, random: () => number, lostReceives = 0) => {
  const at: number[] = [0];
  for (let nth = 1; ; nth += 1) {
    const ageMs = at.at(-1) ?? 0;
    const retry = afterFailedTry(waitsMs, {
      receives: nth + lostReceives,
      ageMs,
      retryAfterMs: retryAfterMs(nth),
      random,
    });
    if (retry.kind === 'given-up') return at;
    at.push(ageMs + retry.delayMs);
  }
};

describe('a webhook that always fails', () => {
  it('is tried 8 times, at growing distances, for more than a day', () => {
    const at = triesUntilGivenUp(
      () => 0,
      () => 0,
    );
    const seconds = at.map((ms) => ms / 1_000);
    expect(seconds).toEqual([0, 5, 305, 2_105, 9_305, 27_305, 63_305, 99_305]);
    expect(at.at(-1)).toBeGreaterThan(DAY_MS);
  });

  it('is tried a bounded number of times within the four days that its queue keeps it, whatever is asked and lost', () => {
    const asked = fc.array(fc.nat(100 * HOUR_MS), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(asked, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(150), (waits, draw, lost) => {
        const at = triesUntilGivenUp(
          (nth) => waits[nth % waits.length] ?? 0,
          () => draw,
          lost,
        );
        expect(at.length).toBeLessThanOrEqual(8);
        expect(at.at(-1)).toBeGreaterThan(DAY_MS);
        expect(at.at(-1)).toBeLessThan(4 * DAY_MS);
        const gaps = at.slice(1).map((ms, index) => ms - (at[index] ?? 0));
        expect(Math.max(...gaps)).toBeLessThanOrEqual(11 * HOUR_MS + 1); // SQS hides a message for 12 h
      }),
    );
  });

  it('is not given up because its queue was delivered in vain: only time and tries count', () => {
    const retry = { receives: 30, ageMs: HOUR_MS, retryAfterMs: 0, random: () => 0 };
    expect(afterFailedTry(waitsMs, retry)).toEqual({ kind: 'again', delayMs: 36_000_000 });
  });

  it('is left alone for as long as it asks, within bounds, and never less long than its turn', () => {
    const retry = { receives: 2, ageMs: 5_000, random: () => 0 };
    expect(afterFailedTry(waitsMs, { ...retry, retryAfterMs: 900_000 })).toEqual({
      kind: 'again',
      delayMs: 900_000,
    });
    expect(afterFailedTry(waitsMs, { ...retry, retryAfterMs: 1_000 })).toEqual({
      kind: 'again',
      delayMs: 300_000,
    });
    expect(afterFailedTry(waitsMs, { ...retry, retryAfterMs: 90 * HOUR_MS })).toEqual({
      kind: 'again',
      delayMs: 36_000_000,
    });
  });
});
