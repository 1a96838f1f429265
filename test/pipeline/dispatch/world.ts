import { placeOf } from '../../../lib/pipeline/dispatch/content.ts';
import { type Delivery, processJob } from '../../../lib/pipeline/dispatch/process-job.ts';
import type { RunPorts } from '../../../lib/pipeline/dispatch/run.ts';
import type { Quota } from '../../../lib/pipeline/fleet/quota.ts';
import type { ModelAnswer, ReceivedJob } from '../../../lib/pipeline/job/job.ts';
import type { Catalogue } from '../../../lib/pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import type {
  ModelFailure,
  ModelReply,
  ModelRequest,
  ProviderName,
} from '../../../lib/pipeline/model/model.ts';
import type { BudgetRules } from '../../../lib/pipeline/money/budget.ts';
import type {
  CallWatch,
  JobStore,
  KeptAnswer,
  SubjectVault,
  UserStarts,
} from '../../../lib/pipeline/ports.ts';
import { inMemoryJobStore } from '../../../lib/simulation/in-memory-job-store.ts';
import { inMemoryVault } from '../../../lib/simulation/in-memory-vault.ts';
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
  /** An answer that was given before to the same words. */
  cached: ModelAnswer;
  vault: SubjectVault;
};

/** A world to run jobs in: virtual time, the rules of the stores over maps, a model that replies as it is told. */
export const aWorld = (reply: Reply, given: Partial<World> = {}) => {
  const clock = virtualClock(START_MS);
  const store = inMemoryJobStore();
  const vault = given.vault ?? inMemoryVault(clock.now);
  const asked: Asked[] = [];
  let ids = 0;
  const chance = { random: () => 0.5, newId: () => `id-${ids++}` };
  const { fleet, ...shared } = fleetPorts(clock, chance, given.quotas, given.budgets);
  const ports: RunPorts = {
    clock,
    vault,
    chance,
    store: {
      ...store,
      findAnswer: async () => given.cached && keep(vault, given.cached),
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
    demands: { consentRef: false, disclosed: false },
    ...(given.userStarts && { userStarts: given.userStarts }),
  };
  const run = (job: ReceivedJob, delivery: Partial<Delivery> = {}) =>
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

/** As the row of an earlier job of the same creator has it. */
const keep = async (vault: SubjectVault, { text, ...answer }: ModelAnswer): Promise<KeptAnswer> => {
  const subjects = aJob().message;
  const place = placeOf('answer', { jobId: 'earlier', tenantId: subjects.tenantId });
  const sealed = (await vault.take(subjects, START_MS)).seal(place, text);
  return { jobId: 'earlier', subjects, answer, sealed };
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
