import type { SubjectVault } from '../../pipeline/ports.ts';
import type { Subject } from '../../pipeline/privacy/subject.ts';
import { DAY_MS } from '../../pipeline/utc.ts';
import { tenantHash } from '../tenant-hash.ts';
import {
  askedFor,
  type Looked,
  livesOn,
  look,
  nameOf,
  type Parts,
  partsOf,
  type ReaderOptions,
  ringOf,
  take,
  tenantNameOf,
  untilDone,
  type VaultOptions,
  writeTenant,
} from './subject-keys.ts';
import type { Changed } from './subject-rows.ts';

/** Longer than whatever might bring erased content back: queues as above, and then a backup. */
export const TOMBSTONE_LIFE_MS = 90 * DAY_MS;

/** A person may want it ended at any time, and is not asked to ask again: as long as requests are kept. */
export const RESTRICTION_LIFE_MS = 1_096 * DAY_MS;

/** Keys in a DynamoDB table, wrapped by the tenant's key, which KMS wraps. A ring is one read, whoever is on it. */
export const createSubjectVault = (options: VaultOptions): SubjectVault => {
  const parts = partsOf(options);
  return {
    read: async (subjects) => ringOf(await look(parts, askedFor(subjects))),
    take: async (subjects, acceptedAtMs) => ringOf(await take(parts, askedFor(subjects), acceptedAtMs)),
    destroy: (subject, erasedAtMs) => destroy(parts, subject, erasedAtMs),
    restrict: (subject, isRestricted) => restrict(parts, subject, isRestricted),
  };
};

/** For tools that show what a person may read, and make no keys. */
export const createSubjectReader = (options: ReaderOptions): Pick<SubjectVault, 'read'> => {
  const parts = partsOf(options);
  return { read: async (subjects) => ringOf(await look(parts, askedFor(subjects))) };
};

/** The tenant's key comes first, even for a tenant without jobs: by it everybody else is named. */
const find = (parts: Parts, subject: Subject) =>
  untilDone(async () => {
    const tenant = await tenantOf(parts, subject.tenantId);
    if (subject.kind === 'tenant') return tenant;
    const { wrappedKey } = tenant.row ?? {};
    if (wrappedKey === undefined) {
      await writeTenant(parts, tenant);
      return undefined;
    }
    const { key } = await parts.tenants.unwrap(tenant.hash, wrappedKey);
    const name = nameOf(subject, key);
    return { name, row: (await parts.rows.read([name])).get(name) };
  });

const tenantOf = async ({ rows }: Parts, tenantId: string): Promise<Looked['tenant']> => {
  const hash = tenantHash(tenantId);
  const name = tenantNameOf(hash);
  return { hash, name, row: (await rows.read([name])).get(name) };
};

const destroy = async (parts: Parts, subject: Subject, erasedAtMs: number): Promise<void> => {
  await untilDone(async () => {
    const { name, row } = await find(parts, subject);
    if (row?.erasedAtMs !== undefined && row.erasedAtMs >= erasedAtMs) return true; // a key that is newer stays
    const set = { erasedAtMs, expiresAt: livesOn(parts, row, TOMBSTONE_LIFE_MS) };
    return whenChanged(await parts.rows.change(name, row, { set, remove: ['wrappedKey'] }));
  });
};

const restrict = async (parts: Parts, subject: Subject, isRestricted: boolean): Promise<void> => {
  await untilDone(async () => {
    const { name, row } = await find(parts, subject);
    const expiresAt = livesOn(parts, row, RESTRICTION_LIFE_MS);
    const change = isRestricted
      ? { set: { restrictedAtMs: parts.now(), expiresAt } }
      : { set: { expiresAt }, remove: ['restrictedAtMs'] as const };
    return whenChanged(await parts.rows.change(name, row, change));
  });
};

const whenChanged = ({ kind }: Changed) => (kind === 'changed' ? true : undefined);
