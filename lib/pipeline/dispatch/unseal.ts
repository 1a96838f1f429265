import type { Job, ReceivedJob } from '../job/job.ts';
import type { SealingRing } from '../ports.ts';
import type { SubjectStanding } from '../privacy/subject.ts';
import { within } from '../within.ts';
import { openJob } from './content.ts';
import type { Run, RunPorts } from './run.ts';

/** What became of a job's content. `erased`: nobody can read it any more. */
export type Unsealed =
  | { kind: 'opened'; job: Job; ring: SealingRing; standing: Exclude<SubjectStanding, 'erased'> }
  | { kind: 'erased' }
  | { kind: 'unavailable' };

/** What keys may take, those of a tenant's first job and of new subjects included, in ms. */
const PATIENCE_MS = 8_000;

/** Takes the keys of a job's subjects, and opens with them what is sealed. A plain message gets its keys here. */
export const unseal = async (
  { vault, clock }: Pick<RunPorts, 'vault' | 'clock'>,
  received: ReceivedJob,
): Promise<Unsealed> => {
  const taking = vault.take(received.message, received.enqueuedAtMs).catch(() => undefined);
  const ring = await within(clock, PATIENCE_MS, taking);
  if (ring === undefined) return { kind: 'unavailable' };
  const standing = ring.standing(received.enqueuedAtMs);
  const job = standing === 'erased' ? undefined : openJob(ring, received);
  if (standing === 'erased' || job === undefined) return { kind: 'erased' };
  return { kind: 'opened', job, ring, standing };
};

/** How old a look may be that lets a call through. In ms. */
const CLEAR_FOR_MS = 1_000;

/**
 * The fence before each call: whether a provider may be given the job's content now. A look lets one call through: the
 * first one of a run is made at once, on what the keys were read with.
 */
export const fence = async (
  { vault, clock }: Pick<RunPorts, 'vault' | 'clock'>,
  run: Run,
): Promise<SubjectStanding> => {
  const nowMs = clock.now();
  if (nowMs - run.clearedAtMs < CLEAR_FOR_MS) return 'clear';
  const { message, enqueuedAtMs } = run.job;
  const standing = (await vault.read(message)).standing(enqueuedAtMs);
  if (standing === 'clear') run.clearedAtMs = nowMs;
  return standing;
};
