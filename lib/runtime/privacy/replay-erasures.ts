import * as z from 'zod/mini';
import type { SubjectVault } from '../../pipeline/ports.ts';
import type { SubjectJobs } from './subject-jobs.ts';

/** What a person orders who has restored the table of jobs; a schedule's event has nothing of it. */
export const replayOrder = z.object({ replay: z.string().check(z.minLength(1)) });

/** `isWhole`: all of the tenant's jobs were looked at; otherwise it is to be ordered again. */
export type Replayed = { erased: number; isWhole: boolean };

type Ports = { jobs: Pick<SubjectJobs, 'page' | 'remove'>; vault: Pick<SubjectVault, 'read'> };

/** Another page is not begun with less than that, in ms. */
const RESERVE_MS = 20_000;

/** Asked for tombstones at a time. */
const PARALLEL = 25;

/**
 * Deletes what a restore has brought back: jobs of a tenant that were accepted before an erasure of one of their persons.
 * Nobody has to know who was erased: their tombstones say so, which are in no backup and outlive all of them.
 */
export const replayErasures = async (
  { jobs, vault }: Ports,
  tenantId: string,
  remainingMs: () => number,
): Promise<Replayed> => {
  let erased = 0;
  let cursor: string | undefined;
  do {
    if (remainingMs() < RESERVE_MS) return { erased, isWhole: false };
    const page = await jobs.page({ tenantId, kind: 'tenant', ref: tenantId }, cursor);
    for (let from = 0; from < page.jobs.length; from += PARALLEL) {
      const removed = await Promise.all(
        page.jobs.slice(from, from + PARALLEL).map(async (job) => {
          const isErased = (await vault.read(job)).standing(job.enqueuedAtMs) === 'erased';
          if (isErased) await jobs.remove(job);
          return isErased;
        }),
      );
      erased += removed.filter(Boolean).length;
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { erased, isWhole: true };
};
