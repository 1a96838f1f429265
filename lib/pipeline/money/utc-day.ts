export const DAY_MS = 86_400_000;

/** Days from 0000-03-01 to 1970-01-01, and of the Gregorian calendar's 400 years. */
const EPOCH_DAYS = 719_468;
const ERA_DAYS = 146_097;

/**
 * The UTC day of an instant (ms since 1970), as `YYYY-MM-DD`: arithmetic, since the core makes no dates. Years begin in
 * March here, so that the leap day is the last one of a year (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
 */
export const utcDay = (atMs: number): string => {
  const days = Math.floor(atMs / DAY_MS) + EPOCH_DAYS;
  const era = Math.floor(days / ERA_DAYS);
  const dayOfEra = days - era * ERA_DAYS;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return [padded(year, 4), padded(month, 2), padded(day, 2)].join('-');
};

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');
