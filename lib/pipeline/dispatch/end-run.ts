import type { Written } from '../job/claim.ts';
import type { Ending, FailureReason, ReceivedJob } from '../job/job.ts';
import type { KeptContent } from '../ports.ts';
import { keptContent } from './content.ts';
import type { DeferralReason, Delivery, Outcome } from './process-job.ts';
import { isBillable, type Run, type RunPorts, trailOf } from './run.ts';

/** What must be left of an invocation when a result is given up: one last slow write, and the answer to Lambda. In ms. */
export const RESULT_MARGIN_MS = 3_000;

/** Spreads the redeliveries of jobs that wait for the same thing. In ms. */
export const SPREAD_MS = 1_000;

/** What is written under: a run, or a claim of a job whose content nobody has read. */
type Claimed = Pick<Run, 'claimId' | 'attempts' | 'skips' | 'reports'> & { job: ReceivedJob };

/** What cost nothing leaves no trace on the row: hours of waiting would only make every later write dearer. */
export const release = async (
  ports: RunPorts,
  claimed: Claimed,
  reason: DeferralReason,
  delayMs: number,
): Promise<Outcome> => {
  const billable = isBillable(claimed);
  const trail = billable ? trailOf(claimed) : { attempts: [], skips: [] };
  const { attempts } = claimed;
  const written = await settled(ports.store.release(claimed.job, claimed.claimId, { ...trail, billable }));
  await Promise.all(claimed.reports);
  if (typeof written !== 'string') return { kind: 'unwritten', error: written.error, attempts };
  return { ...deferred(written === 'lost' ? 'lost' : reason, delayMs), ...trailOf(claimed) };
};

export const end = (ports: RunPorts, run: Run, delivery: Delivery, ending: Ending): Promise<Outcome> =>
  close(ports, run, delivery, ending, keptContent(run.ring, run.job, ending));

export const fail = (ports: RunPorts, run: Run, delivery: Delivery, reason: FailureReason) =>
  end(ports, run, delivery, { status: 'failed', reason });

/** Ends a job of which nothing may be kept. */
export const endErased = (ports: RunPorts, claimed: Claimed, delivery: Delivery): Promise<Outcome> =>
  close(ports, claimed, delivery, { status: 'canceled', reason: 'erased' }, {});

/** A result may have been paid for, and would be again: its write is tried for as long as the invocation lasts. */
const close = async (
  ports: RunPorts,
  claimed: Claimed,
  delivery: Delivery,
  ending: Ending,
  kept: KeptContent,
): Promise<Outcome> => {
  const { job, claimId, attempts } = claimed;
  const record = { ending, ...trailOf(claimed), endedAtMs: ports.clock.now() };
  const forMs = delivery.remainingMs() - RESULT_MARGIN_MS;
  const written = await settled(ports.store.finish(job, claimId, { ...record, kept }, forMs));
  await Promise.all(claimed.reports);
  if (typeof written !== 'string') return { kind: 'unwritten', error: written.error, attempts };
  return written === 'lost'
    ? { ...deferred('lost', ports.chance.random() * SPREAD_MS), ...trailOf(claimed) }
    : { kind: 'ended', ...record };
};

/** A failure of the store must not swallow what was called meanwhile: it is still to be counted. */
export const settled = (write: Promise<Written>): Promise<Written | { error: unknown }> =>
  write.catch((error: unknown) => ({ error }));

export const deferred = (reason: DeferralReason, delayMs: number) =>
  ({ kind: 'deferred', reason, delayMs: Math.floor(delayMs), attempts: [], skips: [] }) as const;
