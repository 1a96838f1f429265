import { type Delivery, processJob } from '../../../lib/pipeline/dispatch/process-job.ts';
import type { RunPorts } from '../../../lib/pipeline/dispatch/run.ts';
import type { Quota } from '../../../lib/pipeline/fleet/quota.ts';
import type { Answer, Job } from '../../../lib/pipeline/job/job.ts';
import type { Catalogue } from '../../../lib/pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import type {
  ModelFailure,
  ModelReply,
  ModelRequest,
  ProviderName,
} from '../../../lib/pipeline/model/model.ts';
import type { BudgetRules } from '../../../lib/pipeline/money/budget.ts';
import type { CallWatch, JobStore, UserStarts } from '../../../lib/pipeline/ports.ts';
import { inMemoryJobStore } from '../../../lib/simulation/in-memory-job-store.ts';
import { aJob, virtualClock } from '../../builders.ts';
import { fleetPorts } from '../../fleet-ports.ts';

export const START_MS = Date.parse('2026-11-22T12:00:00Z');
export const usage = {
  inputTokens: 1_000,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 500,
  reasoningTokens: 0,
};
export const answer: ModelReply = { kind: 'answer', text: 'Coucou !', usage, servedTier: 'default' };
export const failure = (kind: ModelFailure['kind'], more: Partial<ModelFailure> = {}): ModelReply => ({
  kind: 'failure',
  failure: { kind, code: `some-${kind}`, ...more },
});

/** Asked of a provider: the request, and whose model it went to. */
export type Asked = ModelRequest & { provider: ProviderName };

type Reply = (asked: Asked, watch: CallWatch) => Promise<ModelReply> | ModelReply;
type World = {
  providers: ReadonlySet<ProviderName>;
  catalogue: Catalogue;
  claimTakesMs: number;
  store: Partial<JobStore>;
  userStarts: UserStarts;
  quotas: readonly Quota[];
  budgets: BudgetRules;
  cached: Answer;
};

/** A world to run jobs in: virtual time, the rules of the stores over maps, a model that replies as it is told. */
export const aWorld = (reply: Reply, given: Partial<World> = {}) => {
  const clock = virtualClock(START_MS);
  const store = inMemoryJobStore();
  const asked: Asked[] = [];
  let ids = 0;
  const chance = { random: () => 0.5, newId: () => `id-${ids++}` };
  const { fleet, ...shared } = fleetPorts(clock, chance, given.quotas, given.budgets);
  const ports: RunPorts = {
    clock,
    chance,
    store: {
      ...store,
      findAnswer: async () => given.cached,
      claim: async (request) => {
        await clock.advance(given.claimTakesMs ?? 0);
        return store.claim(request);
      },
      ...given.store,
    },
    models: {
      providers: given.providers ?? new Set(['openai', 'anthropic'] as const),
      prepare: async () => {},
      complete: async (provider, request, watch) => {
        asked.push({ ...request, provider });
        return reply({ ...request, provider }, watch);
      },
    },
    catalogue: given.catalogue ?? defaultCatalogue,
    ...shared,
    onMinorRisk: async () => {},
    ...(given.userStarts && { userStarts: given.userStarts }),
  };
  const run = (job: Job, delivery: Partial<Delivery> = {}) =>
    processJob(ports, job, {
      receives: 1,
      receivesLeft: 199,
      remainingMs: () => 150_000,
      reserveMs: 5_000,
      lastRungs: { when: 'at-once', defaultAnswer: 'Thank you!' },
      tier: 'default',
      ...delivery,
    });
  const row = (jobId = 'job-1') => store.row('tenant-a', jobId);
  return { clock, store, fleet, ports, asked, run, row };
};

export const job = (changes: Parameters<typeof aJob>[0] = {}) =>
  aJob({ enqueuedAtMs: START_MS, deadlineAtMs: START_MS + 3_600_000, ...changes });

/** Never says a word. */
export const silent = () => new Promise<ModelReply>(() => {});

/** Shows a sign of life every second and never comes to an end. */
export const endless =
  (clock: { timer(ms: number): { signal: AbortSignal } }) => (_: Asked, watch: CallWatch) => {
    const beat = () => {
      if (watch.signal.aborted) return;
      watch.heard();
      clock.timer(1_000).signal.addEventListener('abort', beat);
    };
    beat();
    return silent();
  };
