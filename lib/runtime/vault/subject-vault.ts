import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { backoffMs } from '../../pipeline/backoff.ts';
import type { SealingRing, SubjectVault } from '../../pipeline/ports.ts';
import { eachSubject, type Subject, type Subjects, standingOf } from '../../pipeline/privacy/subject.ts';
import { DAY_MS } from '../../pipeline/utc.ts';
import { createLimiter } from '../limiter.ts';
import { tenantHash } from '../tenant-hash.ts';
import { decrypt, encrypt, KEY_BYTES, keyedName, openText, sealText } from './key-ring.ts';
import { createSubjectRows, type SubjectRow, type SubjectRows } from './subject-rows.ts';
import { createTenantKeys, type TenantKey, type TenantKeys, type TenantKeysOptions } from './tenant-keys.ts';

type Tables = { client: DynamoDBClient; tableName: string; now(): number };

type SubjectVaultOptions = Tables & { keyId: string };

/**
 * How long keys outlive their last use: longer than whatever they have sealed may lie anywhere. That is 14 days in a
 * dead-letter queue after 4 in a lane, or 7 on a job's row and 7 more in its backup.
 */
export const KEY_LIFE_MS = 35 * DAY_MS;

/** A key in use is written again about once a week, to live on. */
const RENEWED_BEFORE_MS = 28 * DAY_MS;

/** Longer than whatever might bring erased content back: queues as above, and then a backup. */
export const TOMBSTONE_LIFE_MS = 90 * DAY_MS;

/** A person may want it ended at any time, and is not asked to ask again: as long as requests are kept. */
export const RESTRICTION_LIFE_MS = 1_096 * DAY_MS;

/** Tries of `take` when others make or destroy the same keys at the same time. */
const MOST_TRIES = 8;

/** A job may have a hundred subjects, and all of them may be new. */
const WRITES_AT_ONCE = 10;

const PAUSE = { baseMs: 10, ceilingMs: 200 };

type Parts = { rows: SubjectRows; tenants: TenantKeys; now(): number };

/** A subject's row, if it has one, and its key as it came out of it. */
type Member = { name: string; row: SubjectRow | undefined; key: Uint8Array | undefined };

/** What one read has found: the tenant, and with its key everybody else. */
type Looked = {
  tenant: { hash: string; name: string; row: SubjectRow | undefined };
  tenantKey: TenantKey | undefined;
  members: readonly Member[];
};

/** Keys in a DynamoDB table, wrapped by the tenant's key, which KMS wraps. A ring is one read, whoever is on it. */
export const createSubjectVault = (options: SubjectVaultOptions): SubjectVault => {
  const parts = partsOf(options);
  return {
    read: async (subjects) => ringOf(await look(parts, subjects)),
    take: (subjects, acceptedAtMs) => take(parts, subjects, acceptedAtMs),
    destroy: (subject, erasedAtMs) => destroy(parts, subject, erasedAtMs),
    restrict: (subject, isRestricted) => restrict(parts, subject, isRestricted),
  };
};

/** For tools that show what a person may read, and make no keys. */
export const createSubjectReader = (
  options: Tables & Pick<TenantKeysOptions, 'kms'>,
): Pick<SubjectVault, 'read'> => {
  const parts = partsOf(options);
  return { read: async (subjects) => ringOf(await look(parts, subjects)) };
};

const partsOf = (options: Tables & TenantKeysOptions): Parts => ({
  now: options.now,
  rows: createSubjectRows(options),
  tenants: createTenantKeys(options),
});

const tenantNameOf = (hash: string): string => `tenant:${hash}`;

const nameOf = ({ kind, ref }: Subject, { names }: TenantKey): string =>
  keyedName(names, JSON.stringify([kind, ref]));

/** One read where the tenant's key is in hand; one more, and KMS, where it is not or has changed. */
const look = async (parts: Parts, subjects: Subjects): Promise<Looked> => {
  const hash = tenantHash(subjects.tenantId);
  const name = tenantNameOf(hash);
  const kept = parts.tenants.kept(hash);
  const names = kept === undefined ? [] : namesOf(subjects, kept.key);
  const rows = await parts.rows.read([name, ...names]);
  const tenant = { hash, name, row: rows.get(name) };
  const wrapped = tenant.row?.wrappedKey;
  if (wrapped === undefined) return { tenant, tenantKey: undefined, members: [] };
  if (kept !== undefined && Buffer.compare(kept.wrapped, wrapped) === 0)
    return { tenant, tenantKey: kept.key, members: membersOf(rows, names, kept.key) };
  const { key: tenantKey } = await parts.tenants.unwrap(hash, wrapped);
  const found = namesOf(subjects, tenantKey);
  return { tenant, tenantKey, members: membersOf(await parts.rows.read(found), found, tenantKey) };
};

/** In the order in which keys are put together: that of their names. */
const namesOf = (subjects: Subjects, key: TenantKey): string[] => {
  const [, ...members] = eachSubject(subjects);
  return members.map((subject) => nameOf(subject, key)).sort();
};

const membersOf = (
  rows: ReadonlyMap<string, SubjectRow>,
  names: readonly string[],
  { wrapping }: TenantKey,
) =>
  names.map((name): Member => {
    const row = rows.get(name);
    return { name, row, key: row?.wrappedKey && decrypt(wrapping, row.wrappedKey, name) };
  });

const ringOf = ({ tenant, tenantKey, members }: Looked): SealingRing => {
  const keys = members.flatMap(({ key }) => key ?? []);
  const isWhole = tenantKey !== undefined && keys.length === members.length;
  const whole = () => {
    if (!isWhole) throw new Error('a subject has no key');
    return { keys, tenantKey };
  };
  return {
    standing: (acceptedAtMs) =>
      standingOf(
        [tenant, ...members].flatMap(({ row }) => row ?? []),
        acceptedAtMs,
      ),
    open: (place, sealed) => (isWhole ? openText(keys, place, sealed) : { kind: 'erased' }),
    seal: (place, text) => sealText(whole().keys, place, text),
    fingerprint: (text) => keyedName(whole().tenantKey.fingerprints, text),
  };
};

/** Who is new, or has not been seen for long, is written. When somebody else was faster all are read again. */
const take = (parts: Parts, subjects: Subjects, acceptedAtMs: number): Promise<SealingRing> =>
  untilDone(async () => {
    const looked = await look(parts, subjects);
    const ring = ringOf(looked);
    if (ring.standing(acceptedAtMs) === 'erased' || isComplete(parts, looked)) return ring;
    const { tenant, tenantKey, members } = looked;
    if (tenantKey === undefined || isFading(parts, tenant.row)) await writeTenant(parts, tenant);
    if (tenantKey === undefined) return undefined;
    const old = members.filter(({ row }) => !isLasting(parts, row));
    const limit = createLimiter(WRITES_AT_ONCE);
    const written = await Promise.all(
      old.map((member) => limit(() => writeMember(parts, member, tenantKey))),
    );
    const changed = new Map(written.flatMap((member) => (member ? [[member.name, member] as const] : [])));
    if (changed.size < old.length) return undefined;
    return ringOf({ ...looked, members: members.map((member) => changed.get(member.name) ?? member) });
  });

/** Repeats what others may thwart, who do the same at the same time. */
const untilDone = async <Result>(attempt: () => Promise<Result | undefined>): Promise<Result> => {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
    await sleep(backoffMs(tries, PAUSE, Math.random));
  }
  throw new Contended();
};

/** The rows of a job's subjects changed whenever they were written; it passes. */
class Contended extends Error {
  override name = 'ThrottlingException';
}

const isComplete = (parts: Parts, { tenant, tenantKey, members }: Looked): boolean =>
  tenantKey !== undefined && [tenant, ...members].every(({ row }) => isLasting(parts, row));

const isLasting = (parts: Parts, row: SubjectRow | undefined): boolean =>
  row?.wrappedKey !== undefined && !isFading(parts, row);

const isFading = ({ now }: Parts, row: SubjectRow | undefined): boolean =>
  row !== undefined && row.expiresAt * 1000 < now() + RENEWED_BEFORE_MS;

const writeTenant = async (parts: Parts, { name, hash, row }: Looked['tenant']): Promise<void> => {
  const wrappedKey = row?.wrappedKey ?? (await parts.tenants.create(hash)).wrapped;
  await parts.rows.change(name, row, { set: { wrappedKey, expiresAt: livesOn(parts, row, KEY_LIFE_MS) } });
};

/** `undefined` when its row has changed since it was read. */
const writeMember = async (parts: Parts, { name, row, key }: Member, { wrapping }: TenantKey) => {
  const plain = key ?? randomBytes(KEY_BYTES);
  const wrappedKey = row?.wrappedKey ?? encrypt(wrapping, plain, name);
  const set = { wrappedKey, expiresAt: livesOn(parts, row, KEY_LIFE_MS) };
  const written = await parts.rows.change(name, row, { set });
  return written === 'changed' ? { name, row, key: plain } : undefined;
};

/** In seconds since 1970. */
const livesOn = ({ now }: Parts, row: SubjectRow | undefined, forMs: number): number =>
  Math.max(row?.expiresAt ?? 0, Math.ceil((now() + forMs) / 1000));

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
    if (row?.erasedAtMs !== undefined && row.erasedAtMs >= erasedAtMs) return 'changed'; // a key that is newer stays
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

const whenChanged = (outcome: 'changed' | 'refused') => (outcome === 'changed' ? outcome : undefined);
