import { backoffMs } from '../backoff.ts';
import { elapse } from '../elapse.ts';
import { liveOffers, type Offer } from '../model/catalogue.ts';
import { nextStep, type ServiceTier } from '../model/model.ts';
import { askOffer, type Failed, type OfferResult } from './ask-offer.ts';
import type { Rung } from './chain.ts';
import { LEAST_ATTEMPT_MS, rungBudgetMs } from './deadline.ts';
import { isBillable, passOver, type Run, type RunPorts } from './run.ts';
import { flexLack, flexPatienceMs, inTierOrder, tierAt } from './service-tier.ts';
import type { Step } from './step.ts';

/** What came of one rung. */
export type RungResult = Exclude<OfferResult, { kind: 'failed' }>;

/** Pauses before the one retry of a rung, in ms. */
const RETRY_PAUSE = { baseMs: 250, ceilingMs: 1_000 };

/** A worker is paid for while it waits: a provider that wants more than this is left for the next rung. In ms. */
const LONGEST_PAUSE_MS = 5_000;

/** Asks the providers of one model in order, each once; a rung with a single call that failed in passing tries it again. */
export const climbRung = async (ports: RunPorts, run: Run, rung: Rung): Promise<RungResult> => {
  const nowMs = ports.clock.now();
  const budgetMs = rungBudgetMs({ nowMs, endAtMs: run.endAtMs, ...rung });
  const step = { ports, run, rung, endAtMs: nowMs + budgetMs };
  const calls: (Failed & { offer: Offer })[] = [];
  for (const offer of offersFor(step)) {
    const result = await askAtTier(step, offer, tierAt(offer, run.tier, nowMs));
    if (result.kind === 'failed') calls.push({ ...result, offer });
    else if (result.kind !== 'passed') return result;
  }
  const [only] = calls;
  if (only === undefined || calls.length > 1) return { kind: 'passed' };
  return retry(step, only.offer, only);
};

/** The offers that may be asked. Says why when there are none. */
const offersFor = ({ ports, run, rung }: Step): readonly Offer[] => {
  const nowMs = ports.clock.now();
  const live = liveOffers(rung.logical, nowMs, (name) => ports.models.providers.has(name));
  const { allowedProcessors } = run.job.message;
  const allowed = live.filter(({ provider }) => allowedProcessors?.includes(provider) ?? true);
  if (allowed.length === 0) {
    const reason = live.length === 0 ? 'no-live-model' : 'processor-not-allowed';
    passOver(run, { rung: rung.model, reason }, nowMs);
  }
  return inTierOrder(allowed, run.tier, nowMs);
};

/**
 * A job that flex has no capacity for waits for it as long as it can. When it cannot, or flex has let it queue for too
 * long, the same offer is asked again at the default tier.
 */
const askAtTier = async (step: Step, offer: Offer, tier: ServiceTier): Promise<OfferResult> => {
  const result = await askOffer(step, offer, tier);
  const lack = result.kind === 'failed' && flexLack(tier, result.failure);
  if (result.kind !== 'failed' || !lack) return result;
  const atMostMs = lack === 'capacity' ? flexWaitMs(step) : 0;
  if (atMostMs === 0) return askOffer(step, offer, 'default');
  return { kind: 'wait', wait: { reason: 'flex', delayMs: result.failure.retryAfterMs ?? 0, atMostMs } };
};

/** 0 where a person waits, and once the run has called a model that may be billed: it would be called again. */
const flexWaitMs = ({ ports, run }: Step): number => {
  const mayWait = run.quotaPatienceMs === Infinity && !isBillable(run);
  return mayWait ? flexPatienceMs({ nowMs: ports.clock.now(), chainMs: run.chainMs, ...run.job }) : 0;
};

const retry = async (step: Step, offer: Offer, { failure, tier }: Failed): Promise<RungResult> => {
  if (nextStep(failure) !== 'retry') return { kind: 'passed' };
  const { clock, chance } = step.ports;
  const pauseMs = Math.max(failure.retryAfterMs ?? 0, backoffMs(1, RETRY_PAUSE, chance.random));
  const hasRoom = clock.now() + pauseMs + LEAST_ATTEMPT_MS <= step.endAtMs;
  if (pauseMs > LONGEST_PAUSE_MS || !hasRoom) return { kind: 'passed' };
  await elapse(clock, pauseMs);
  const result = await askAtTier(step, offer, tier);
  return result.kind === 'failed' ? { kind: 'passed' } : result;
};
