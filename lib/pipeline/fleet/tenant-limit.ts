import * as z from 'zod/mini';
import { backoffMs } from '../backoff.ts';
import { elapse } from '../elapse.ts';
import type { Chance, Clock, FleetStore } from '../ports.ts';

/** `full`: the tenant has had its share of this minute; there is room again at `freeAtMs`. */
export type Room = { kind: 'room' } | { kind: 'full'; freeAtMs: number };

/** How often a tenant may do something in a minute, as one environment of the API sees it. Never rejects. */
export type TenantLimit = { take(tenantId: string): Promise<Room> };

/** What is limited. Each has families of its own in the fleet's table. */
const limited = {
  /** Most tenants never cost a call; who submits much costs two calls of the store for thirty submits. */
  submits: { unasked: 10, block: 30 },
  /** An environment waits for one job at a time, for up to 25 s: it has no use for many. */
  waits: { unasked: 0, block: 2 },
  /** Requests of persons are few: somebody who has many is given them a few at a time. */
  rights: { unasked: 2, block: 5 },
} as const;

export const LIMIT_FAMILIES = Object.keys(limited).map((what) => `${what}#*`);

type Ports = {
  what: keyof typeof limited;
  store: FleetStore;
  clock: Clock;
  chance: Pick<Chance, 'random'>;
  hashOf(tenantId: string): string;
  /** Of one tenant in one minute of the clock. */
  perMinute: number;
};

const MINUTE_MS = 60_000;
export const LIMIT_KEPT_FOR_MS = 10 * MINUTE_MS;

/** Lost races that are put up with; then it goes through, since a limit must not be dearer than what it saves. */
const MAX_TRIES = 6;
const PAUSE = { baseMs: 10, ceilingMs: 200 };

export const limitRecord = z.object({ minute: z.number(), taken: z.number() });

type Leased = 'block' | 'full' | 'unanswered';

/** What an environment remembers of a tenant: what it may still let through in a minute, and whether it asks for more. */
type Share = { minute: number; left: number; isFull: boolean; leasing?: Promise<Leased> | undefined };

/** Beyond this many tenants all are forgotten: each then has what goes unasked once more. */
const MOST_TENANTS = 10_000;

/**
 * A limit of the whole fleet, taken in blocks. Environments overshoot it together by what each lets through unasked; while
 * the store fails, everything goes through.
 */
export const createTenantLimit = (ports: Ports): TenantLimit => {
  const shares = new Map<string, Share>();
  return {
    take: async (tenantId) => {
      const minute = Math.floor(ports.clock.now() / MINUTE_MS);
      const known = shares.get(tenantId);
      const share =
        known?.minute === minute ? known : { minute, left: limited[ports.what].unasked, isFull: false };
      if (shares.size >= MOST_TENANTS) shares.clear();
      shares.set(tenantId, share);
      while (share.left <= 0) {
        if (share.isFull) return { kind: 'full', freeAtMs: (share.minute + 1) * MINUTE_MS };
        if ((await leaseOnce(ports, tenantId, share)) === 'unanswered') return { kind: 'room' };
      }
      share.left -= 1;
      return { kind: 'room' };
    },
  };
};

/** Jobs of one batch come at once: they wait for the same block. */
const leaseOnce = (ports: Ports, tenantId: string, share: Share): Promise<Leased> => {
  share.leasing ??= lease(ports, tenantId, share).finally(() => {
    share.leasing = undefined;
  });
  return share.leasing;
};

/** Adds a block to the share, or finds that there is none. Never rejects. */
const lease = async (ports: Ports, tenantId: string, share: Share): Promise<Leased> => {
  const { store, clock, chance, perMinute, what } = ports;
  const key = { family: `${what}#${ports.hashOf(tenantId)}`, name: 'minute' };
  try {
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const record = (await store.list(key.family)).find(({ name }) => name === key.name);
      const seen = countAt(record?.value, share.minute);
      const block = Math.min(limited[what].block, perMinute - seen.taken);
      if (block <= 0) {
        share.isFull = true;
        return 'full';
      }
      const next = { ...seen, taken: seen.taken + block };
      const written = await store.replace(key, record?.version ?? 0, next, LIMIT_KEPT_FOR_MS);
      if (written.kind === 'replaced') {
        share.left += block;
        return 'block';
      }
      await elapse(clock, backoffMs(tries, PAUSE, chance.random));
    }
  } catch {
    // the store does not answer: its limit does not hold
  }
  return 'unanswered';
};

/** A clock that is behind finds a later minute's count, and takes of that. */
const countAt = (value: unknown, minute: number): z.infer<typeof limitRecord> => {
  const record = limitRecord.safeParse(value).data;
  return record !== undefined && record.minute >= minute ? record : { minute, taken: 0 };
};
