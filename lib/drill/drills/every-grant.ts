import { mkdir, writeFile } from 'node:fs/promises';
import type { Access } from '../../local/cloud/iam/access.ts';
import { deedOf, RECORD_FILE, readAccessRecord, recordOf } from '../access/access-record.ts';
import { putApiToWork } from '../access/work-of-api.ts';
import { putDoorsToWork, rigForDoors } from '../access/work-of-doors.ts';
import { putPrivacyToWork } from '../access/work-of-privacy.ts';
import type { DrillContext, Finding } from '../drill.ts';
import type { Rig } from '../rig/rig.ts';

/** Where what this run has seen is left. What it sees beyond the record needs no right that nothing on record needs. */
const SEEN_FILE = '.relay/used-access.json';

/** Every function does once all that its role lets it do; `npm run check` holds the roles to what was seen. */
export const everyGrant = async (context: DrillContext): Promise<readonly Finding[]> => {
  await using opened = new AsyncDisposableStack();
  const rig = await context.startRig(await rigForDoors(opened));
  const recorded = await readAccessRecord(RECORD_FILE).catch(() => []);
  const watch = watchAccess(rig, recorded, context.signal);
  await putDoorsToWork(rig);
  await putPrivacyToWork(rig, context.signal);
  await putApiToWork(rig, context.signal);
  await watch.allSeen;
  const seen = recordOf(watch.allowed);
  await leave(seen);
  return [
    listed(
      `accesses that are on record and were not seen (to record what was: cp ${SEEN_FILE} ${RECORD_FILE}, and npm run format)`,
      without(recorded, seen),
    ),
    listed('accesses that were refused', watch.refused.map(deedOf)),
    { expected: 'something is on record', found: `${recorded.length} accesses`, holds: recorded.length > 0 },
  ];
};

/** Resolves when all that is on record was seen, or nothing new has come for long enough. */
const watchAccess = (rig: Rig, recorded: readonly Access[], signal: AbortSignal) => {
  const allowed: Access[] = [];
  const refused: Access[] = [];
  const left = new Set(recorded.map(deedOf));
  const all = Promise.withResolvers<void>();
  let idle = setTimeout(all.resolve, LONGEST_IDLE_MS);
  rig.onAccess((access, decision) => {
    (decision.kind === 'allowed' ? allowed : refused).push(access);
    left.delete(deedOf(access));
    clearTimeout(idle);
    idle = setTimeout(all.resolve, LONGEST_IDLE_MS);
    if (recorded.length > 0 && left.size === 0) all.resolve();
  });
  signal.addEventListener('abort', () => all.reject(signal.reason));
  return { allowed, refused, allSeen: all.promise.finally(() => clearTimeout(idle)) };
};

/** What comes back to its queue does so within this. */
const LONGEST_IDLE_MS = 30_000;

const without = (some: readonly Access[], others: readonly Access[]): string[] => {
  const deeds = new Set(others.map(deedOf));
  return some.map(deedOf).filter((deed) => !deeds.has(deed));
};

const leave = async (seen: readonly Access[]): Promise<void> => {
  await mkdir('.relay', { recursive: true });
  await writeFile(SEEN_FILE, `${JSON.stringify(seen, null, 2)}\n`);
};

const listed = (what: string, deeds: readonly string[]): Finding => ({
  expected: `${what}: none`,
  found: deeds.length === 0 ? 'none' : deeds.join(', '),
  holds: deeds.length === 0,
});
