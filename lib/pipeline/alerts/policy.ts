import type { Alert, LabelName, Labels, Severity } from './alert.ts';
import { labelsText } from './alert.ts';

/** Mutes alerts of `targets` while one of `source` fires. */
export type Inhibition = {
  source: string;
  targets: readonly string[];
  /** Labels that must not differ. One that either lacks does not differ: a lane's alert may come of any provider. */
  equal: readonly LabelName[];
  /** Only targets without this label, by sources with it: who says less of the same. */
  lacking?: LabelName;
};

/** How alerts become notices. The three times are Alertmanager's, and so are their defaults. */
export type AlertPolicy = {
  /** From the first news of a group to its notice, so that what belongs together comes together. In ms. */
  groupWaitMs: number;
  /** Least time between two notices of a group, in ms. */
  groupIntervalMs: number;
  /** What still fires is told again after this, in ms. */
  repeatIntervalMs: number;
  /** Labels that part groups; alerts that differ in others come in one notice. */
  groupBy: readonly LabelName[];
  /** Members that a notice lists; it counts the others. */
  listed: number;
  inhibitions: readonly Inhibition[];
};

/** Whoever has no provider makes lanes wait, fall back and fail: one cause, one notice. */
const symptomsOfDeadProvider = [
  'open-circuits',
  'waiting',
  'default-answers',
  'failed-jobs',
  'expired-jobs',
  'rescued-answers',
];

export const defaultPolicy: AlertPolicy = {
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 14_400_000,
  groupBy: ['provider'],
  listed: 10,
  inhibitions: [
    { source: 'provider-down', targets: symptomsOfDeadProvider, equal: ['provider', 'model'] },
    // one provider of several: what people feel is never muted by it, since it may have another cause
    {
      source: 'provider-needs-person',
      targets: ['open-circuits', 'rescued-answers'],
      equal: ['provider', 'model'],
    },
    // the alarm knows that there is a provider, the worker which one
    { source: 'provider-needs-person', targets: ['provider-needs-person'], equal: [], lacking: 'provider' },
  ],
};

/** What all members of a group have in common. */
export type GroupIdentity = { name: string; severity: Severity; labels: Labels };

export const identityOf = (
  { name, severity, labels }: Alert,
  { groupBy }: Pick<AlertPolicy, 'groupBy'>,
): GroupIdentity => ({
  name,
  severity,
  labels: Object.fromEntries(
    groupBy.flatMap((label) => (labels[label] === undefined ? [] : [[label, labels[label]]])),
  ),
});

/** A group's name in the table, e.g. `provider-needs-person/critical/provider=openai`. */
export const groupKey = ({ name, severity, labels }: GroupIdentity): string =>
  `${name}/${severity}/${labelsText(labels)}`;
