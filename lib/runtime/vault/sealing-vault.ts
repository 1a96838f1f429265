import type { SubjectVault } from '../../pipeline/ports.ts';
import type { Subject, Subjects } from '../../pipeline/privacy/subject.ts';
import { keepRows } from './kept-rows.ts';
import {
  type Asked,
  askedFor,
  isComplete,
  look,
  partsOf,
  ringOf,
  take,
  type VaultOptions,
} from './subject-keys.ts';

export type SealingVault = Pick<SubjectVault, 'read' | 'take'> & {
  /** Has the keys of everybody in these jobs, all of one tenant, at hand: in one read, and a write for each new person. */
  prepare(jobs: readonly Subjects[], acceptedAtMs: number): Promise<void>;
};

/**
 * For whoever seals and does not call providers: keys are taken from memory where they are known. A key may have been
 * destroyed meanwhile; then nobody reads what it seals. Whoever opens reads the table.
 */
export const createSealingVault = (options: VaultOptions): SealingVault => {
  const parts = partsOf(options);
  const { rows, memory } = keepRows(parts.rows, options.now);
  const remembered = { ...parts, rows: { ...rows, read: memory } };
  const keeping = { ...parts, rows };
  const keysFor = async (asked: Asked, acceptedAtMs: number) => {
    const known = await look(remembered, asked);
    return isComplete(parts, known) ? known : take(keeping, asked, acceptedAtMs);
  };
  return {
    read: async (subjects) => ringOf(await look(parts, askedFor(subjects))),
    take: async (subjects, acceptedAtMs) => ringOf(await keysFor(askedFor(subjects), acceptedAtMs)),
    prepare: async (jobs, acceptedAtMs) => {
      const [tenantId] = jobs.map((subjects) => subjects.tenantId);
      if (tenantId !== undefined) await keysFor({ tenantId, persons: personsIn(jobs) }, acceptedAtMs);
    },
  };
};

/** Each once. */
const personsIn = (jobs: readonly Subjects[]): readonly Subject[] => [
  ...new Map(
    jobs
      .flatMap((subjects) => askedFor(subjects).persons)
      .map((person) => [JSON.stringify([person.kind, person.ref]), person]),
  ).values(),
];
