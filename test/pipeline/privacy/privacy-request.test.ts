import fc from 'fast-check';
import { dueDay } from '../../../lib/pipeline/privacy/privacy-request.ts';
import { dayStartMs, utcDay } from '../../../lib/pipeline/utc.ts';

const DAY_MS = 86_400_000;

it.each([
  ['2026-11-26', '2026-12-26'],
  ['2026-12-26', '2027-01-26'],
  ['2026-12-31', '2027-01-31'],
  ['2027-01-31', '2027-02-28'],
  ['2028-01-31', '2028-02-29'],
  ['2028-02-29', '2028-03-29'],
  ['2026-03-31', '2026-04-30'],
  ['2026-11-30', '2026-12-30'],
])('what was asked on %s is due on %s', (receivedOn, due) => {
  expect(dueDay(receivedOn)).toBe(due);
});

it('a request is due in the next month, on the same date or on the last, and never later than 31 days', () => {
  const anyDay = fc
    .integer({ min: dayStartMs('2018-05-25') / DAY_MS, max: dayStartMs('2200-12-31') / DAY_MS })
    .map((days) => utcDay(days * DAY_MS));
  const monthsOf = (day: string) => 12 * Number(day.slice(0, 4)) + Number(day.slice(5, 7));
  fc.assert(
    fc.property(anyDay, (receivedOn) => {
      const due = dueDay(receivedOn);
      expect(utcDay(dayStartMs(due))).toBe(due);
      expect(monthsOf(due) - monthsOf(receivedOn)).toBe(1);
      const days = (dayStartMs(due) - dayStartMs(receivedOn)) / DAY_MS;
      expect(days).toBeGreaterThanOrEqual(28);
      expect(days).toBeLessThanOrEqual(31);
      const isLastOfMonth = utcDay(dayStartMs(due) + DAY_MS).endsWith('-01');
      expect(due.slice(-2) === receivedOn.slice(-2) || isLastOfMonth).toBe(true);
    }),
  );
});
