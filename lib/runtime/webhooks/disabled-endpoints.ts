import * as z from 'zod/mini';
import type { FleetRecord, FleetStore } from '../../pipeline/ports.ts';
import { DAY_MS } from '../../pipeline/utc.ts';
import { sha256 } from '../sha256.ts';
import { tenantHash } from '../tenant-hash.ts';

/** Endpoints that have answered 410, until their tenants name another URL. */
export type DisabledEndpoints = {
  has(tenantId: string, url: string): Promise<boolean>;
  /** Rejects when it could not be written. */
  add(tenantId: string, url: string): Promise<void>;
};

/** The family of records in the table that the fleet shares. */
const FAMILY = 'webhook';

/** How long a list of them is gone by, in ms; until then a disabled endpoint may be asked, and say so, once more. */
const KEPT_FOR_MS = 60_000;

/** A person ends it, by another URL. */
export const DISABLED_FOR_MS = 3_650 * DAY_MS;

/** Another may write the same record; more often than this it is none of ours. */
const TRIES = 3;

/** A URL may hold what only its owner is to know. */
export const disabledEndpoint = z.object({ urlHash: z.string() });

export const createDisabledEndpoints = (store: FleetStore, now: () => number): DisabledEndpoints => {
  let known: readonly FleetRecord[] = [];
  let untilMs = 0;
  const look = async (): Promise<void> => {
    known = await store.list(FAMILY);
    untilMs = now() + KEPT_FOR_MS;
  };
  return {
    has: async (tenantId, url) => {
      if (now() >= untilMs) await look();
      const found = known.find(({ name }) => name === tenantHash(tenantId));
      return disabledEndpoint.safeParse(found?.value).data?.urlHash === sha256(url);
    },
    add: async (tenantId, url) => {
      const key = { family: FAMILY, name: tenantHash(tenantId) };
      let version = known.find(({ name }) => name === key.name)?.version ?? 0;
      for (let tries = 0; tries < TRIES; tries += 1) {
        const replaced = await store.replace(key, version, { urlHash: sha256(url) }, DISABLED_FOR_MS);
        if (replaced.kind === 'replaced') {
          untilMs = 0;
          return;
        }
        version = replaced.current?.version ?? 0;
      }
      throw new Error('another wrote the record of the endpoint at every try');
    },
  };
};
