import fc from 'fast-check';
import { DAY_MS, utcDay } from '../../../lib/pipeline/money/utc-day.ts';

const isoDay = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

describe('the UTC day of an instant', () => {
  it.each([0, Date.parse('2024-02-29T23:59:59.999Z'), Date.parse('2026-12-31T23:59:59.999Z')])(
    'begins at 00:00, as the day after %i does',
    (atMs) => {
      expect([utcDay(atMs), utcDay(atMs + 1), utcDay(atMs + DAY_MS)]).toEqual(
        [atMs, atMs + 1, atMs + DAY_MS].map(isoDay),
      );
    },
  );

  it('is the one that a calendar says, from 1900 to 2200', () => {
    const instant = fc.integer({ min: Date.parse('1900-01-01'), max: Date.parse('2200-01-01') });
    fc.assert(
      fc.property(instant, (atMs) => {
        expect(utcDay(atMs)).toBe(isoDay(atMs));
      }),
      { seed: 20_264 },
    );
  });
});
