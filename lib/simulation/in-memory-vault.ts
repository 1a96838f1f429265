import type { ContentPlace, Opened, SealingRing, SubjectVault } from '../pipeline/ports.ts';
import {
  eachSubject,
  type Subject,
  type SubjectMarks,
  type Subjects,
  standingOf,
} from '../pipeline/privacy/subject.ts';

type Kept = SubjectMarks & { key?: string };

/** One whose rings all seal. */
export type InMemoryVault = Omit<SubjectVault, 'read'> & { read(subjects: Subjects): Promise<SealingRing> };

/** What is sealed says by which keys, and whoever has not the same does not open it: the rules of keys without secrets. */
export const inMemoryVault = (now: () => number): InMemoryVault => {
  const subjects = new Map<string, Kept>();
  let keys = 0;
  const nameOf = ({ tenantId, kind, ref }: Subject) => JSON.stringify([tenantId, kind, ref]);
  const change = (subject: Subject, how: (kept: Kept) => Kept) =>
    void subjects.set(nameOf(subject), how(subjects.get(nameOf(subject)) ?? {}));
  const look = (all: Subjects): SealingRing =>
    ringOf(eachSubject(all).map((subject) => subjects.get(nameOf(subject)) ?? {}));
  const makeKey = (kept: Kept): Kept => {
    keys += 1;
    return kept.key === undefined ? { ...kept, key: `key-${keys}` } : kept;
  };
  return {
    read: async (all) => look(all),
    take: async (all, acceptedAtMs) => {
      const seen = look(all);
      if (seen.standing(acceptedAtMs) === 'erased') return seen;
      for (const subject of eachSubject(all)) change(subject, makeKey);
      return look(all);
    },
    destroy: async (subject, erasedAtMs) =>
      change(subject, ({ key, ...kept }) =>
        (kept.erasedAtMs ?? -1) >= erasedAtMs ? { ...kept, ...(key && { key }) } : { ...kept, erasedAtMs },
      ),
    restrict: async (subject, isRestricted) =>
      change(subject, ({ restrictedAtMs: _, ...kept }) =>
        isRestricted ? { ...kept, restrictedAtMs: now() } : kept,
      ),
  };
};

const ringOf = (all: readonly Kept[]): SealingRing => {
  const keys = all.flatMap(({ key }) => key ?? []);
  const isWhole = keys.length === all.length;
  const whole = () => {
    if (!isWhole) throw new Error('a subject has no key');
    return keys;
  };
  return {
    standing: (acceptedAtMs) => standingOf(all, acceptedAtMs),
    seal: (place, text) =>
      new TextEncoder().encode(JSON.stringify({ keys: whole().toSorted(), place, text })),
    open: (place, sealed) => (isWhole ? open(keys, place, sealed) : { kind: 'erased' }),
    fingerprint: (text) => `${whole()[0]} ${text}`,
  };
};

const open = (keys: readonly string[], place: ContentPlace, sealed: Uint8Array): Opened => {
  const found: { keys: string[]; place: ContentPlace; text: string } = JSON.parse(
    new TextDecoder().decode(sealed),
  );
  if (found.keys.join() !== keys.toSorted().join()) return { kind: 'erased' };
  if (JSON.stringify(found.place) !== JSON.stringify(place)) throw new Error('sealed in another place');
  return { kind: 'opened', text: found.text };
};

/** The same, behind a network. */
export const networked = (
  vault: SubjectVault,
  via: <Result>(request: () => Promise<Result>) => Promise<Result>,
): SubjectVault => ({
  read: (...given) => via(() => vault.read(...given)),
  take: (...given) => via(() => vault.take(...given)),
  destroy: (...given) => via(() => vault.destroy(...given)),
  restrict: (...given) => via(() => vault.restrict(...given)),
});
