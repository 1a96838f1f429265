import type { Answer, FailureReason, ReceivedJob } from '../job/job.ts';
import type { Catalogue } from '../model/catalogue.ts';
import type { ModelFailure, ServiceTier } from '../model/model.ts';
import { within } from '../within.ts';
import type { Barred } from './admission.ts';
import { chainOf, type Rung } from './chain.ts';
import { climbRung, type RungResult } from './climb-rung.ts';
import { LEAST_RERUN_MS } from './deadline.ts';
import { lacksMoney, type Run, type RunPorts, type Wait } from './run.ts';

/** What came of the models of a chain. `exhausted`: each was asked or passed over, and none answered. */
export type ChainResult =
  | { kind: 'answered'; answer: Answer }
  | { kind: 'final'; failure: ModelFailure }
  | { kind: 'nobody'; reason: FailureReason }
  | { kind: 'wait'; wait: Wait }
  | Barred
  | { kind: 'exhausted' };

/** The chain of models that a job may be answered by, in a lane of that tier. */
export const chainFor = (
  catalogue: Catalogue,
  { message: { model, options } }: ReceivedJob,
  tier: ServiceTier,
) =>
  chainOf(
    catalogue,
    model,
    {
      tier,
      ...(options?.reasoningEffort && { effort: options.reasoningEffort }),
      ...(options?.maxOutputTokens && { maxOutputTokens: options.maxOutputTokens }),
    },
    options?.timeoutMs,
  );

/** Goes down the chain until a model answers. */
export const runChain = async (ports: RunPorts, run: Run, chain: readonly Rung[]): Promise<ChainResult> => {
  for (const [index, rung] of chain.entries()) {
    const wait = index === 0 ? undefined : await waitBefore(ports, run);
    if (wait !== undefined) return { kind: 'wait', wait };
    const result: RungResult = await climbRung(ports, run, rung);
    if (result.kind !== 'passed') return result;
    const quotaWait = waitForQuota(ports, run);
    if (quotaWait !== undefined) return { kind: 'wait', wait: quotaWait };
  }
  return whenExhausted(run);
};

/** A rung costs money: it is not begun for a job that was canceled, nor while its result could not be written. */
const waitBefore = async (
  { store, clock }: RunPorts,
  { job, claimId, endAtMs }: Run,
): Promise<Wait | undefined> => {
  try {
    const standing = await within(clock, endAtMs - clock.now(), store.check(job, claimId));
    if (standing === undefined) return { reason: 'store-unavailable', delayMs: 0 };
    return standing === 'mine' ? undefined : { reason: 'lost', delayMs: 0 };
  } catch {
    return { reason: 'store-unavailable', delayMs: 0 };
  }
};

/** What the fleet's quota has no room for waits its turn instead of taking a lesser model, as long as the job has time. */
const waitForQuota = ({ clock }: RunPorts, run: Run): Wait | undefined => {
  const isForQuota =
    run.attempts.length === 0 && run.skips.some(({ reason }) => reason === 'quota-exhausted');
  const hasTime = clock.now() + run.soonestMs + LEAST_RERUN_MS < run.job.deadlineAtMs;
  return isForQuota && hasTime && run.soonestMs <= run.quotaPatienceMs
    ? { reason: 'quota', delayMs: run.soonestMs }
    : undefined;
};

/** A run that was refused money and called nobody ends its job: a sender learns of it, whatever else was in the way. */
const whenExhausted = (run: Run): ChainResult => {
  const { attempts, skips } = run;
  const blocked = (reason: FailureReason) => skips.every((skip) => skip.reason === reason);
  if (attempts.length > 0) return { kind: 'exhausted' };
  if (lacksMoney(run)) return { kind: 'nobody', reason: 'budget-exhausted' };
  if (blocked('no-live-model')) return { kind: 'nobody', reason: 'no-live-model' };
  const isNobodys = skips.every(
    ({ reason }) => reason === 'no-live-model' || reason === 'processor-not-allowed',
  );
  return isNobodys ? { kind: 'nobody', reason: 'processor-not-allowed' } : { kind: 'exhausted' };
};
