import { parseSchedule } from '../../../../lib/local/cloud/events/schedule.ts';

const MINUTE = 60_000;

/** The minutes of a day, from its start, at which a rule created at `createdAt` is due. */
const dueOn = (expression: string, day: string, createdAt = `${day}T00:00:00Z`): string[] => {
  const schedule = parseSchedule(expression);
  const startMs = Date.parse(`${day}T00:00:00Z`);
  const minutes = Array.from({ length: 24 * 60 }, (_, index) => startMs + index * MINUTE);
  return minutes
    .filter((atMs) => schedule.isDue(atMs, Date.parse(createdAt)))
    .map((atMs) => new Date(atMs).toISOString().slice(11, 16));
};

describe('a schedule', () => {
  it('rate() counts from the creation of the rule', () => {
    expect(dueOn('rate(8 hours)', '2026-11-26', '2026-11-26T00:30:20Z')).toEqual(['08:31', '16:31']);
    expect(dueOn('rate(1 minute)', '2026-11-26')).toHaveLength(24 * 60 - 1);
    expect(dueOn('rate(1 day)', '2026-11-27', '2026-11-26T05:00:00Z')).toEqual(['05:00']);
  });

  it.each([
    ['cron(0 10 * * ? *)', ['10:00']],
    ['cron(15,45 */12 * * ? *)', ['00:15', '00:45', '12:15', '12:45']],
    ['cron(0/20 8-9 ? * MON-FRI *)', ['08:00', '08:20', '08:40', '09:00', '09:20', '09:40']],
    ['cron(0 8 ? * SUN *)', []],
    ['cron(0 8 26 NOV ? 2026)', ['08:00']],
    ['cron(0 8 ? * 5 *)', ['08:00']],
  ])('%s is due on a Thursday at %j', (expression, times) => {
    expect(dueOn(expression, '2026-11-26')).toEqual(times);
  });

  it.each([
    'rate(five minutes)',
    'cron(0 10 * * ?)',
    'cron(0 10 L * ? *)',
    'cron(61 * * * ? *)',
    'at(2026-01-01)',
  ])('%s is refused', (expression) => {
    expect(() => parseSchedule(expression)).toThrow(expression);
  });
});
