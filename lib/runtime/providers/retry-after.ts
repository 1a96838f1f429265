import { DAY_MS } from '../../pipeline/utc.ts';

/** A longer wait is not believed to the letter: no job lives for a day. */
const MAX_RETRY_AFTER_MS = DAY_MS;

/** The least wait that a reply asks for: `retry-after-ms` (Azure, OpenAI) before `retry-after` (RFC 9110 10.2.3). */
export const retryAfterMs = (headers: Headers): number | undefined => {
  const ms = decimal(headers.get('retry-after-ms')) ?? secondsToMs(headers) ?? dateToMs(headers);
  return ms === undefined ? undefined : Math.min(Math.ceil(ms), MAX_RETRY_AFTER_MS);
};

const secondsToMs = (headers: Headers): number | undefined => {
  const seconds = decimal(headers.get('retry-after'));
  return seconds === undefined ? undefined : seconds * 1000;
};

/** The date is taken relative to the reply's own `date`, so neither a clock of ours nor its skew plays a part. */
const dateToMs = (headers: Headers): number | undefined => {
  const until = httpDateMs(headers.get('retry-after'));
  const now = httpDateMs(headers.get('date'));
  return until === undefined || now === undefined ? undefined : Math.max(0, until - now);
};

const decimal = (value: string | null): number | undefined =>
  value !== null && /^\d{1,15}(\.\d{1,9})?$/.test(value) ? Number(value) : undefined;

const httpDateMs = (value: string | null): number | undefined => {
  const ms = value?.endsWith(' GMT') ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
};
