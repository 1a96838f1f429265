import * as z from 'zod/mini';

/** `critical` wakes a person; `warning` waits until one is awake. */
export const severities = ['critical', 'warning'] as const;
export type Severity = (typeof severities)[number];

/**
 * What may tell one alert from another. A closed list, because labels are read in mails: neither a person's id nor a
 * job's has a place in it. `tenant` is a hash, as in the fleet's records; `alarm` is which of several under one heading.
 */
export const labelNames = ['provider', 'model', 'lane', 'tenant', 'alarm'] as const;
export type LabelName = (typeof labelNames)[number];

/** Ids of models have dots, slashes and colons in them. Short, since a notice lists many. */
const labelValue = z.string().check(z.regex(/^[\w./:-]{1,64}$/));

/** Also the heading of the runbook that says what to do. */
const alertName = z.string().check(z.regex(/^[a-z][a-z0-9-]{2,48}$/));

/** What a calendar can name (ECMA-262, "Time Range"), in ms since 1970. */
const instant = z.number().check(z.gte(0), z.lte(8.64e15));

export const alertSchema = z.strictObject({
  name: alertName,
  severity: z.enum(severities),
  state: z.enum(['firing', 'resolved']),
  labels: z.partialRecord(z.enum(labelNames), labelValue),
  /** When it became so, in ms since 1970: of two that contradict each other, the later one is right. */
  atMs: instant,
  /** A firing alert that nobody will resolve counts as resolved from then on, unless it is raised again. */
  endsAtMs: z.optional(instant),
});

/** Something that a person should know: that it is so, or that it is over. */
export type Alert = z.infer<typeof alertSchema>;
export type Labels = Alert['labels'];

/** What code raises by itself; every other alert is an alarm of CloudWatch. */
export const namesRaisedByCode = [
  'provider-needs-person',
  'budget-warnings',
  'budget-records',
  'minor-risk',
] as const;
export type RaisedAlert = Alert & { name: (typeof namesRaisedByCode)[number] };

/** The same text for the same labels, whatever their order; '' for none. */
export const labelsText = (labels: Labels): string =>
  labelNames.flatMap((name) => (labels[name] === undefined ? [] : [`${name}=${labels[name]}`])).join(',');
