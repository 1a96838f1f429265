import { type KeyObject, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../pipeline/backoff.ts';
import type { SealingRing } from '../../pipeline/ports.ts';
import { eachSubject, type Subject, type Subjects, standingOf } from '../../pipeline/privacy/subject.ts';
import { DAY_MS } from '../../pipeline/utc.ts';
import { createLimiter } from '../limiter.ts';
import { tenantHash } from '../tenant-hash.ts';
import { decrypt, encrypt, KEY_BYTES, keyedName, openText, sealText } from './key-ring.ts';
import { createSubjectRows, type RowsOptions, type SubjectRow, type SubjectRows } from './subject-rows.ts';
import { createTenantKeys, type TenantKey, type TenantKeys, type TenantKeysOptions } from './tenant-keys.ts';

/** The table of keys, and how KMS is asked for those of tenants. */
export type ReaderOptions = TenantKeysOptions & RowsOptions;

/** Whoever makes keys names the one in KMS that wraps them. */
export type VaultOptions = ReaderOptions & { keyId: string };

/**
 * How long keys outlive their last use: longer than whatever they have sealed may lie anywhere. That is 14 days in a
 * dead-letter queue after 4 in a lane, or 7 on a job's row and 7 more in its backup.
 */
export const KEY_LIFE_MS = 35 * DAY_MS;

/** A key in use is written again about once a week, to live on. */
const RENEWED_BEFORE_MS = 28 * DAY_MS;

/** Tries of `take` when others make or destroy the same keys at the same time. */
const MOST_TRIES = 8;

/** A job may have a hundred subjects, and all of them may be new. */
const WRITES_AT_ONCE = 10;

const PAUSE = { baseMs: 10, ceilingMs: 200 };

export type Parts = { rows: SubjectRows; tenants: TenantKeys; now(): number };

/** A subject's row, if it has one, and its key as it came out of it. */
type Member = { name: string; row: SubjectRow | undefined; key: Uint8Array | undefined };

/** Whose keys are asked for: a tenant's, and those of persons that it has jobs about. */
export type Asked = { tenantId: string; persons: readonly Subject[] };

export const askedFor = (subjects: Subjects): Asked => {
  const [, ...persons] = eachSubject(subjects);
  return { tenantId: subjects.tenantId, persons };
};

/** What one read has found: the tenant, and with its key everybody else. */
export type Looked = {
  tenant: { hash: string; name: string; row: SubjectRow | undefined };
  tenantKey: TenantKey | undefined;
  members: readonly Member[];
};

export const partsOf = (options: ReaderOptions): Parts => ({
  now: options.now,
  rows: createSubjectRows(options),
  tenants: createTenantKeys(options),
});

export const tenantNameOf = (hash: string): string => `tenant:${hash}`;

export const nameOf = ({ kind, ref }: Subject, { names }: TenantKey): string =>
  keyedName(names, JSON.stringify([kind, ref]));

/** One read where the tenant's key is in hand; one more, and KMS, where it is not or has changed. */
export const look = async (parts: Parts, asked: Asked): Promise<Looked> => {
  const hash = tenantHash(asked.tenantId);
  const name = tenantNameOf(hash);
  const kept = parts.tenants.kept(hash);
  const names = kept === undefined ? [] : namesOf(asked, kept.key);
  const rows = await parts.rows.read([name, ...names]);
  const tenant = { hash, name, row: rows.get(name) };
  const wrapped = tenant.row?.wrappedKey;
  if (wrapped === undefined) return { tenant, tenantKey: undefined, members: [] };
  if (kept !== undefined && Buffer.compare(kept.wrapped, wrapped) === 0)
    return { tenant, tenantKey: kept.key, members: membersOf(rows, names, kept.key) };
  const { key: tenantKey } = await parts.tenants.unwrap(hash, wrapped);
  const found = namesOf(asked, tenantKey);
  return { tenant, tenantKey, members: membersOf(await parts.rows.read(found), found, tenantKey) };
};

/** In the order in which keys are put together: that of their names. */
const namesOf = ({ persons }: Asked, key: TenantKey): string[] =>
  persons.map((person) => nameOf(person, key)).sort();

const membersOf = (
  rows: ReadonlyMap<string, SubjectRow>,
  names: readonly string[],
  { wrapping }: TenantKey,
) => names.map((name) => memberOf(name, rows.get(name), wrapping));

const memberOf = (name: string, row: SubjectRow | undefined, wrapping: KeyObject): Member => ({
  name,
  row,
  key: row?.wrappedKey && decrypt(wrapping, row.wrappedKey, name),
});

export const ringOf = ({ tenant, tenantKey, members }: Looked): SealingRing => {
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

/**
 * The keys that content accepted then is sealed with. Who is new, or has not been seen for long, is written; when somebody
 * else was faster all are read again. Of whom erased that content nothing is written.
 */
export const take = (parts: Parts, asked: Asked, acceptedAtMs: number): Promise<Looked> =>
  untilDone(async () => {
    const looked = await look(parts, asked);
    if (ringOf(looked).standing(acceptedAtMs) === 'erased' || isComplete(parts, looked)) return looked;
    return write(parts, looked);
  });

/** `undefined` when what was found must be read again. */
const write = async (parts: Parts, looked: Looked): Promise<Looked | undefined> => {
  const { tenant, tenantKey, members } = looked;
  if (tenantKey === undefined || isFading(parts, tenant.row)) await writeTenant(parts, tenant);
  if (tenantKey === undefined) return undefined;
  const old = members.filter(({ row }) => !isLasting(parts, row));
  const limit = createLimiter(WRITES_AT_ONCE);
  const written = await Promise.all(old.map((member) => limit(() => writeMember(parts, member, tenantKey))));
  const changed = new Map(written.flatMap((member) => (member ? [[member.name, member] as const] : [])));
  if (changed.size < old.length) return undefined;
  return { ...looked, members: members.map((member) => changed.get(member.name) ?? member) };
};

/** Repeats what others may thwart, who do the same at the same time. */
export const untilDone = async <Result>(attempt: () => Promise<Result | undefined>): Promise<Result> => {
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

export const isComplete = (parts: Parts, { tenant, tenantKey, members }: Looked): boolean =>
  tenantKey !== undefined && [tenant, ...members].every(({ row }) => isLasting(parts, row));

const isLasting = (parts: Parts, row: SubjectRow | undefined): boolean =>
  row?.wrappedKey !== undefined && !isFading(parts, row);

const isFading = ({ now }: Parts, row: SubjectRow | undefined): boolean =>
  row !== undefined && row.expiresAt * 1000 < now() + RENEWED_BEFORE_MS;

export const writeTenant = async (parts: Parts, { name, hash, row }: Looked['tenant']): Promise<void> => {
  const wrappedKey = row?.wrappedKey ?? (await parts.tenants.create(hash)).wrapped;
  await parts.rows.change(name, row, { set: { wrappedKey, expiresAt: livesOn(parts, row, KEY_LIFE_MS) } });
};

/** Whoever was faster has made the key, and it is this member's too; `undefined` when it is gone again. */
const writeMember = async (parts: Parts, { name, row, key }: Member, { wrapping }: TenantKey) => {
  const plain = key ?? randomBytes(KEY_BYTES);
  const wrappedKey = row?.wrappedKey ?? encrypt(wrapping, plain, name);
  const set = { wrappedKey, expiresAt: livesOn(parts, row, KEY_LIFE_MS) };
  const written = await parts.rows.change(name, row, { set });
  if (written.kind === 'changed') return { name, row, key: plain };
  const { current } = written;
  return current?.wrappedKey && memberOf(name, current, wrapping);
};

/** In seconds since 1970. */
export const livesOn = ({ now }: Parts, row: SubjectRow | undefined, forMs: number): number =>
  Math.max(row?.expiresAt ?? 0, Math.ceil((now() + forMs) / 1000));
