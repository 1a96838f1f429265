import * as z from 'zod/mini';
import { laneNames } from '../job/lane.ts';
import { jsonText } from '../json-text.ts';
import type { Flush } from './aggregator.ts';
import { readAlarmDescription } from './alarm-description.ts';
import { type Alert, alertSchema, type Labels } from './alert.ts';

/** What the alerts queue may hold. `none`: CloudWatch says something that is no alert, e.g. that it lacks data. */
export type AlertMessage =
  | { kind: 'alert'; alert: Alert }
  | { kind: 'flush'; flush: Flush }
  | { kind: 'none' }
  | { kind: 'rejected'; reason: AlertRejection };

export type AlertRejection = 'not-json' | 'unknown-form' | 'unknown-alarm';

const ownMessage = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('alert'), alert: alertSchema }),
  z.strictObject({
    kind: z.literal('flush'),
    flush: z.strictObject({ name: z.string().check(z.minLength(3)), dueAtMs: z.number() }),
  }),
]);

/** An SNS notification as a queue gets it that did not ask for raw delivery. */
const notification = z.object({ Type: z.literal('Notification'), Message: jsonText });

/** CloudWatch's own words, of a metric alarm or of a composite one. */
const alarmNotification = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.nullish(z.string()),
  NewStateValue: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']),
  StateChangeTime: z.string(),
});
type AlarmNotification = z.infer<typeof alarmNotification>;

/** The body of a message of the alerts queue. `sentAtMs` stands in for a time that cannot be read. */
export const readAlertMessage = (body: string, sentAtMs: number): AlertMessage => {
  const json = jsonText.safeParse(body);
  if (!json.success) return { kind: 'rejected', reason: 'not-json' };
  const own = ownMessage.safeParse(json.data);
  if (own.success) return own.data.kind === 'alert' ? notAhead(own.data.alert, sentAtMs) : own.data;
  const wrapped = notification.safeParse(json.data);
  const alarm = alarmNotification.safeParse(wrapped.data?.Message);
  return alarm.success ? alertOf(alarm.data, sentAtMs) : { kind: 'rejected', reason: 'unknown-form' };
};

/** Nothing has become so after it was sent: a clock that is ahead would outweigh all that comes after it. */
const notAhead = (alert: Alert, sentAtMs: number): AlertMessage => ({
  kind: 'alert',
  alert: { ...alert, atMs: Math.min(alert.atMs, sentAtMs) },
});

/** An alarm is called `relay-<stage>-<runbook heading>`, and then as `labelsOf` reads it. */
const alertOf = (alarm: AlarmNotification, sentAtMs: number): AlertMessage => {
  const described = readAlarmDescription(alarm.AlarmDescription ?? '');
  if (described === undefined) return { kind: 'rejected', reason: 'unknown-alarm' };
  if (alarm.NewStateValue === 'INSUFFICIENT_DATA') return { kind: 'none' };
  const { severity, runbook: name } = described;
  const changedAtMs = Date.parse(alarm.StateChangeTime);
  const parsed = alertSchema.safeParse({
    name,
    severity,
    state: alarm.NewStateValue === 'ALARM' ? 'firing' : 'resolved',
    labels: labelsOf(alarm.AlarmName, name),
    atMs: Number.isNaN(changedAtMs) ? sentAtMs : changedAtMs,
  });
  return parsed.success ? notAhead(parsed.data, sentAtMs) : { kind: 'rejected', reason: 'unknown-alarm' };
};

/** What follows the heading tells alarms of one heading apart: the lane where there is one per lane, else a word of its own. */
const labelsOf = (alarmName: string, heading: string): Labels => {
  const [, ending] = new RegExp(`^relay-[a-z]+-${heading}-(.+)$`).exec(alarmName) ?? [];
  if (ending === undefined) return {};
  return laneNames.some((lane) => lane === ending) ? { lane: ending } : { alarm: ending };
};
