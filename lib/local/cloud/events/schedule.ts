import { MINUTE_MS } from '../scaled-clock.ts';

/** When a scheduled rule is due. Both ends in minutes of metric time. */
export type Schedule = { isDue(minuteEndMs: number, createdAtMs: number): boolean };

/** Reads `rate(...)` or `cron(...)` as EventBridge does; throws, with a sentence, for what is not known here. */
export const parseSchedule = (text: string): Schedule => {
  const [, rate, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  const everyMs = Number(rate) * (unitMs[unit] ?? 0);
  if (everyMs > 0) return everySoOften(everyMs);
  const [, fields] = /^cron\((.+)\)$/.exec(text) ?? [];
  if (fields !== undefined) return atTimes(text, fields.trim().split(/\s+/));
  throw new Error(`the local cloud does not know the schedule "${text}"`);
};

const unitMs: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 24 * 60 * MINUTE_MS,
};

const everySoOften = (everyMs: number): Schedule => ({
  isDue: (minuteEndMs, createdAtMs) => {
    const minutesSince = Math.floor((minuteEndMs - createdAtMs) / MINUTE_MS);
    return minutesSince > 0 && (minutesSince * MINUTE_MS) % everyMs === 0;
  },
});

type Field = { name: string; least: number; most: number; words?: readonly string[] };

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const cronFields: readonly Field[] = [
  { name: 'minutes', least: 0, most: 59 },
  { name: 'hours', least: 0, most: 23 },
  { name: 'day of month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, words: months },
  { name: 'day of week', least: 1, most: 7, words: days },
  { name: 'year', least: 1970, most: 2199 },
];

/** Six fields, in UTC; day of week 1 is Sunday. */
const atTimes = (text: string, fields: readonly string[]): Schedule => {
  if (fields.length !== cronFields.length) throw new Error(`"${text}": a cron expression has six fields`);
  const tests = cronFields.map((field, index) => parseField(text, field, fields[index] ?? ''));
  return {
    isDue: (minuteEndMs) => {
      const at = new Date(minuteEndMs);
      const parts = [
        at.getUTCMinutes(),
        at.getUTCHours(),
        at.getUTCDate(),
        at.getUTCMonth() + 1,
        at.getUTCDay() + 1,
        at.getUTCFullYear(),
      ];
      return tests.every((accepts, index) => accepts(parts[index] ?? 0));
    },
  };
};

type Test = (value: number) => boolean;

const parseField = (text: string, field: Field, written: string): Test => {
  if (written === '*' || written === '?') return () => true;
  const tests = written.split(',').map((part) => parsePart(text, field, part));
  return (value) => tests.some((accepts) => accepts(value));
};

const parsePart = (text: string, field: Field, part: string): Test => {
  const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
  const [from = '', to] = range.split('-');
  const first = from === '*' ? field.least : numberOf(text, field, from);
  const last =
    to === undefined ? (step === undefined && from !== '*' ? first : field.most) : numberOf(text, field, to);
  const every = Number(step ?? 1);
  return (value) => value >= first && value <= last && (value - first) % every === 0;
};

const numberOf = (text: string, { name, least, most, words = [] }: Field, word: string): number => {
  const index = words.indexOf(word.toUpperCase());
  const value = index >= 0 ? index + least : Number(word);
  if (word !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`"${text}": the local cloud does not know "${word}" as a ${name}`);
};
