import fc from 'fast-check';
import { hourStartMs, utcDay, utcHour, utcInstant } from '../../lib/pipeline/utc.ts';

/** From 1900 to 2200. */
const instant = fc.integer({ min: Date.parse('1900-01-01'), max: Date.parse('2200-01-01') });

it('names days, hours and instants as ISO 8601 does', () => {
  fc.assert(
    fc.property(instant, (ms) => {
      const iso = new Date(ms).toISOString();
      expect([utcDay(ms), utcHour(ms), utcInstant(ms)]).toEqual([iso.slice(0, 10), iso.slice(0, 13), iso]);
    }),
  );
  expect(utcHour(Date.parse('2028-02-29T23:59:59.999Z'))).toBe('2028-02-29T23');
});

it('finds the start of an hour again', () => {
  fc.assert(
    fc.property(instant, (ms) => hourStartMs(utcHour(ms)) === Math.floor(ms / 3_600_000) * 3_600_000),
  );
});
