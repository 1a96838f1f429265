import * as z from 'zod/mini';
import { jsonText } from '../json-text.ts';
import { type LabelName, type Labels, labelNames, severities } from './alert.ts';
import { type Group, isAudible, isFiring, type Member } from './group.ts';
import type { AlertPolicy, GroupIdentity, Inhibition } from './policy.ts';

/** An exact value, or one that ends in `*` for all that begin so. */
const matcher = z.optional(z.string().check(z.minLength(1)));

const labelMatchers = Object.fromEntries(labelNames.map((name) => [name, matcher]));

/** What an operator writes into the table to be left alone: for what, until when, and why. */
export const silenceSchema = z.object({
  matchers: z
    .strictObject({ name: matcher, severity: matcher, ...labelMatchers })
    .check(z.refine((matchers) => Object.keys(matchers).length > 0, 'a silence of everything is a mistake')),
  /** In seconds since 1970. Looked at on every read: the table deletes hours late. */
  untilSeconds: z.number(),
  reason: z.string().check(z.minLength(3)),
});
export type Silence = z.infer<typeof silenceSchema>;

/** All that decides whether a member is told. */
export type Surroundings = { silences: readonly Silence[]; groups: readonly Group[] };

/** Until when a member is kept from people, as far as one can know now, in ms since 1970; `undefined`: it is not. */
export type MutedUntil = (labels: Labels) => number | undefined;

/** Whether an alert of this group is kept from people: by a silence, or because its cause is told already. */
export const mutingOf = (
  identity: GroupIdentity,
  { silences, groups }: Surroundings,
  { inhibitions, groupIntervalMs }: AlertPolicy,
  nowMs: number,
): MutedUntil => {
  const live = silences.filter(({ untilSeconds }) => untilSeconds * 1000 > nowMs);
  const causes = inhibitions
    .filter(({ targets }) => targets.includes(identity.name))
    .flatMap((rule) => firingCauses(rule, identity, groups, nowMs).map((cause) => ({ rule, cause })));
  return (labels) => {
    const silenced = live
      .filter((silence) => matches(silence, identity, labels))
      .map(({ untilSeconds }) => untilSeconds * 1000);
    const caused = causes
      .filter(({ rule, cause }) => isOf(rule, cause.labels, labels))
      // whoever ends the cause asks again; this is for when that comes to nothing
      .map(({ cause: { endsAtMs = Infinity } }) => Math.min(endsAtMs, nowMs + groupIntervalMs));
    return [...silenced, ...caused].reduce<number | undefined>(
      (latest, untilMs) => Math.max(latest ?? untilMs, untilMs),
      undefined,
    );
  };
};

/** The group as silences and causes have it now. The same one when nothing has changed by them. */
export const withMuting = (group: Group, mutedUntil: MutedUntil, nowMs: number): Group => {
  const members = group.members.map((member) => unheard(mutedAs(member, mutedUntil(member.labels), nowMs)));
  const next = mutedAs(group, mutedUntil(group.labels), nowMs);
  return members.every((member, index) => member === group.members[index]) ? next : { ...next, members };
};

/** An instant that is still to come stays, so that a look which finds all as it was writes nothing. */
const mutedAs = <T extends Member | Group>(known: T, untilMs: number | undefined, nowMs: number): T => {
  const before = known.mutedUntilMs;
  const mutedUntilMs = untilMs !== undefined && before !== undefined && before > nowMs ? before : untilMs;
  return mutedUntilMs === before ? known : { ...known, mutedUntilMs };
};

/** The end of what nobody may hear of is told to nobody. */
const unheard = (member: Member): Member =>
  isAudible(member) || isFiring(member) || !member.told ? member : { ...member, told: false };

/** A lesser alert never mutes a graver one. */
const firingCauses = (
  { source }: Inhibition,
  { severity }: GroupIdentity,
  groups: readonly Group[],
  nowMs: number,
): readonly Member[] =>
  groups
    .filter(({ name }) => name === source)
    .filter((group) => severities.indexOf(group.severity) <= severities.indexOf(severity))
    .flatMap(({ members }) => members)
    .filter((member) => isFiring(member) && (member.endsAtMs ?? Infinity) > nowMs);

const isOf = ({ equal, lacking }: Inhibition, cause: Labels, labels: Labels): boolean => {
  if (lacking !== undefined && (cause[lacking] === undefined || labels[lacking] !== undefined)) return false;
  return !differ(cause, labels, equal);
};

const differ = (one: Labels, other: Labels, names: readonly LabelName[]): boolean =>
  names.some((name) => one[name] !== undefined && other[name] !== undefined && one[name] !== other[name]);

const matches = ({ matchers }: Silence, { name, severity }: GroupIdentity, labels: Labels): boolean => {
  const facts: Record<string, string | undefined> = { ...labels, name, severity };
  return Object.entries(matchers).every(([key, wanted]) => wanted === undefined || fits(wanted, facts[key]));
};

const fits = (wanted: string, value = ''): boolean =>
  wanted.endsWith('*') ? value.startsWith(wanted.slice(0, -1)) : value === wanted;

/** What a person wrote, as JSON or as the text of it; `undefined` when it is no silence. */
export const readSilence = (value: unknown): Silence | undefined =>
  silenceSchema.safeParse(typeof value === 'string' ? jsonText.safeParse(value).data : value).data;
