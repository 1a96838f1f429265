import type { RunPorts } from '../../pipeline/dispatch/run.ts';
import { createCircuits } from '../../pipeline/fleet/circuits.ts';
import { createLatencies } from '../../pipeline/fleet/latencies.ts';
import { createQuotas } from '../../pipeline/fleet/quotas.ts';
import type { Job } from '../../pipeline/job/job.ts';
import { parseJobMessage } from '../../pipeline/job/job-message.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import type { ModelReply } from '../../pipeline/model/model.ts';
import { noBudgets } from '../../pipeline/money/budget.ts';
import { createBudgets } from '../../pipeline/money/budgets.ts';
import { inMemoryAnswers } from '../../simulation/in-memory-answers.ts';
import { inMemoryFleetStore } from '../../simulation/in-memory-fleet-store.ts';
import { inMemoryUserStarts } from '../../simulation/in-memory-user-starts.ts';
import { inMemoryVault } from '../../simulation/in-memory-vault.ts';
import { benchMessages } from '../dispatch-load.ts';

export const START_MS = Date.parse('2026-11-26T12:00:00Z');

/** As many as any subject needs. */
const bodies = benchMessages('high', 1_500).map((message) => JSON.stringify(message));

/** A job as it comes out of its lane: its message is read anew each time. */
export const benchJob = (number: number): Job => {
  const parsed = parseJobMessage(bodies[number] ?? '');
  if (parsed.kind === 'rejected') throw new Error(`no job: ${parsed.rejection.reason}`);
  return {
    jobId: `job-${number}`,
    lane: 'high',
    enqueuedAtMs: START_MS,
    deadlineAtMs: START_MS + 900_000,
    trace: {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      correlationId: 'bench',
    },
    message: parsed.message,
  };
};

const answer: ModelReply = {
  kind: 'answer',
  text: 'Coucou ! Le prochain direct est jeudi soir, tu seras là ?',
  usage: {
    inputTokens: 300,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 60,
    reasoningTokens: 0,
  },
  servedTier: 'default',
};

/** Everything that a job needs, over maps, at an instant that does not pass. */
export const benchPorts = (): RunPorts => {
  const clock = {
    now: () => START_MS,
    timer: () => ({ signal: new AbortController().signal, cancel: () => {} }),
  };
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  const chance = { random: () => 0.5, newId };
  const shared = { store: inMemoryFleetStore(clock.now), clock, chance };
  const quota = {
    provider: 'openai',
    modelId: 'gpt-5-nano',
    requestsPerMinute: 100_000,
    tokensPerMinute: 1e9,
  } as const;
  return {
    clock,
    chance,
    store: inMemoryAnswers(clock.now),
    userStarts: inMemoryUserStarts(10),
    catalogue: defaultCatalogue,
    onMinorRisk: async () => {},
    demands: { consentRef: false, disclosed: false },
    vault: inMemoryVault(clock.now),
    models: { providers: new Set(['openai']), prepare: async () => {}, complete: async () => answer },
    circuits: createCircuits(shared),
    quotas: createQuotas({ ...shared, lane: 'high', quotas: [quota] }),
    latencies: createLatencies(shared),
    budgets: createBudgets({
      ...shared,
      lane: 'high',
      rules: noBudgets,
      hashOf: (tenantId) => tenantId,
      totalOf: async () => 0,
      onWarning: async () => {},
      onRebuilt: async () => {},
    }),
  };
};
