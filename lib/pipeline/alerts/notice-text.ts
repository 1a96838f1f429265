import { type Labels, labelNames } from './alert.ts';
import type { Notice } from './notice.ts';

/** The forms in which a notice goes out. */
export type NoticeTexts = {
  /** SNS refuses a subject of 100 characters or more, and one with anything but ASCII in it. */
  subject: string;
  email: string;
  sms: string;
  /** JSON, for whatever reads notices by itself. */
  machine: string;
};

/** One text message; a longer one is sent, and paid for, in parts. */
const SMS_CHARACTERS = 140;

/** A subject ends before SNS's limit of 100. */
const SUBJECT_CHARACTERS = 99;

const said: Readonly<Record<Notice['reason'], string>> = {
  new: 'new',
  more: 'more than before',
  repeat: 'still firing',
  resolved: 'resolved',
};

export const noticeTexts = (notice: Notice, stage: string): NoticeTexts => ({
  subject: cut(`${headline(notice)} (${stage})`, SUBJECT_CHARACTERS),
  email: emailOf(notice, stage),
  sms: cut(`${headline(notice)} (${stage}). ${notice.runbook}`, SMS_CHARACTERS),
  machine: JSON.stringify({ kind: 'notice', stage, ...notice }),
});

const headline = ({ severity, name, labels, reason, counts }: Notice): string => {
  const about = [name, ...Object.values(labels)].join(' ');
  const count = reason === 'resolved' ? '' : `, ${counts.firing} firing`;
  return `[${severity.toUpperCase()}] ${about}: ${said[reason]}${count}`;
};

const cut = (text: string, characters: number): string =>
  text.length <= characters ? text : `${text.slice(0, characters - 3)}...`;

const emailOf = (notice: Notice, stage: string): string => {
  const { counts, lanes, action, runbook, severity, reason, members } = notice;
  const lines = [
    `${headline(notice)} (${stage})`,
    '',
    `Do: ${action}`,
    `Runbook: ${runbook}`,
    '',
    `Severity: ${severity}. Reason for this notice: ${said[reason]}.`,
    `Firing now: ${counts.firing}. Since the last notice: ${counts.received} alerts, ${counts.resolved} resolved.`,
    `First alert: ${instant(notice.firstAtMs)}. Last: ${instant(notice.lastAtMs)}.`,
    ...(lanes.length > 0 ? [`Lanes: ${lanes.join(', ')}.`] : []),
    '',
    reason === 'resolved' ? 'Was firing:' : 'Firing:',
    ...members.map((labels) => `- ${describe(labels)}`),
    ...(notice.more > 0 ? [`- and ${notice.more} more`] : []),
    '',
    `Notice ${notice.id}: the same one may come twice.`,
  ];
  return `${lines.join('\n')}\n`;
};

const describe = (labels: Labels): string =>
  labelNames.flatMap((name) => (labels[name] === undefined ? [] : [`${name} ${labels[name]}`])).join(', ') ||
  'the whole stage';

/** Without milliseconds, in UTC, e.g. `2026-11-26 04:10:09 UTC`. */
const instant = (ms: number): string => {
  const parts = new Map(utc.formatToParts(ms).map(({ type, value }) => [type, value]));
  const joined = (separator: string, ...types: Intl.DateTimeFormatPartTypes[]) =>
    types.map((type) => parts.get(type)).join(separator);
  return `${joined('-', 'year', 'month', 'day')} ${joined(':', 'hour', 'minute', 'second')} UTC`;
};

const utc = Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
