export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** A UTC day as `2026-11-26`, from ms since 1970. */
export const utcDay = (ms: number): string => {
  const { year, month, day } = civilFrom(Math.floor(ms / DAY_MS));
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
};

/** A UTC hour as `2026-11-26T04`, from ms since 1970. */
export const utcHour = (ms: number): string =>
  `${utcDay(ms)}T${padded(Math.floor((((ms % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS), 2)}`;

/** An instant as ISO 8601 has it, `2026-11-26T04:10:09.120Z`, from ms since 1970. */
export const utcInstant = (ms: number): string => {
  const inHourMs = ((ms % HOUR_MS) + HOUR_MS) % HOUR_MS;
  const [minutes, secondsMs] = [Math.floor(inHourMs / MINUTE_MS), inHourMs % MINUTE_MS];
  const seconds = padded(Math.floor(secondsMs / 1_000), 2);
  return `${utcHour(ms)}:${padded(minutes, 2)}:${seconds}.${padded(Math.floor(secondsMs % 1_000), 3)}Z`;
};

/** 00:00 UTC of a day written `2026-11-26`, in ms since 1970. NaN for what is none. */
export const dayStartMs = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** The days from one to another, both included. */
export const daysBetween = (first: string, last: string): readonly string[] => {
  const startMs = dayStartMs(first);
  const count = Math.max((dayStartMs(last) - startMs) / DAY_MS + 1, 0);
  return Array.from({ length: count }, (_, index) => utcDay(startMs + index * DAY_MS));
};

/** When an hour written `2026-11-26T04` begins, in ms since 1970. NaN for what is none. */
export const hourStartMs = (hour: string): number => Date.parse(`${hour}:00:00Z`);

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** Days since 1970 to a date of the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
const civilFrom = (days: number): { year: number; month: number; day: number } => {
  const shifted = days + 719_468; // from 0000-03-01, so that a leap day ends its year
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
};
