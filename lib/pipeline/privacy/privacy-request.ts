import { DAY_MS, dayStartMs, utcDay } from '../utc.ts';

/** What a person may ask for (GDPR Art. 15, 20, 17, 18, 21), and that a restriction or an objection ends (Art. 18(3)). */
export const privacyRights = [
  'access',
  'portability',
  'erasure',
  'restriction',
  'objection',
  'lifting',
] as const;

export type PrivacyRight = (typeof privacyRights)[number];

/** What may be worked on in steps: a right, or that a restore takes back no erasure, of a whole tenant. */
export const privacyTasks = [...privacyRights, 'replay'] as const;

export type PrivacyTask = (typeof privacyTasks)[number];

/** Whose data: a reference of `subjectRefs`, a `creatorId`, or the tenant's own id. */
export const subjectKinds = ['fan', 'creator', 'tenant'] as const;

/** What becomes of a request. Only a person refuses one (GDPR Art. 12(5) and (6)). */
export const privacyStatuses = ['received', 'in-progress', 'completed', 'partly', 'refused'] as const;

/** A request is late when so many days of its month are over, and a person is told. */
export const LATE_AFTER_DAYS = 20;

export const isLate = (receivedAtMs: number, nowMs: number): boolean =>
  nowMs - receivedAtMs >= LATE_AFTER_DAYS * DAY_MS;

/** The GDPR applies from this day on (Art. 99(2)): nobody can have asked before. */
export const GDPR_SINCE = '2018-05-25';

/**
 * The day one month after the day on which a person asked (GDPR Art. 12(3)): of the same number, or the month's last
 * where it is shorter (Regulation 1182/71, Art. 3(2)(c)).
 */
export const dueDay = (receivedOn: string): string => {
  const [year = 0, month = 0] = receivedOn.split('-').map(Number);
  const lastOfNext = utcDay(dayStartMs(firstOf(year, month + 2)) - DAY_MS);
  const sameDate = `${lastOfNext.slice(0, -2)}${receivedOn.slice(-2)}`;
  return sameDate < lastOfNext ? sameDate : lastOfNext;
};

/** `month` may lead into the next year. */
const firstOf = (year: number, month: number): string => {
  const [ofYear, ofMonth] = month > 12 ? [year + 1, month - 12] : [year, month];
  return `${String(ofYear).padStart(4, '0')}-${String(ofMonth).padStart(2, '0')}-01`;
};
