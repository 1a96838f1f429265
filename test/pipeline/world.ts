import type { Catalogue } from '../../lib/pipeline/catalogue.ts';
import { defaultCatalogue } from '../../lib/pipeline/default-catalogue.ts';
import type { Job } from '../../lib/pipeline/job.ts';
import type { ModelFailure, ModelReply, ModelRequest } from '../../lib/pipeline/model.ts';
import type { Models } from '../../lib/pipeline/ports.ts';
import { type Delivery, type ProcessJobPorts, processJob } from '../../lib/pipeline/process-job.ts';
import { aJob, virtualClock } from '../builders.ts';
import { inMemoryJobStore } from './in-memory-job-store.ts';

export const START_MS = Date.parse('2026-11-22T12:00:00Z');
export const usage = { inputTokens: 1_000, cachedInputTokens: 0, outputTokens: 500, reasoningTokens: 0 };
export const answer: ModelReply = { kind: 'answer', text: 'Coucou !', usage, servedTier: 'default' };
export const failure = (kind: ModelFailure['kind'], more: Partial<ModelFailure> = {}): ModelReply => ({
  kind: 'failure',
  failure: { kind, code: `some-${kind}`, ...more },
});

type Reply = (request: ModelRequest, signal: AbortSignal) => Promise<ModelReply> | ModelReply;
type World = {
  providers: Models['providers'];
  catalogue: Catalogue;
  claimTakesMs: number;
  writesFail: boolean;
};

/** A world to run jobs in: virtual time, rules of claims over a map, a model that replies as it is told. */
export const aWorld = (reply: Reply, given: Partial<World> = {}) => {
  const clock = virtualClock(START_MS);
  const store = inMemoryJobStore();
  const requests: ModelRequest[] = [];
  let ids = 0;
  const ports: ProcessJobPorts = {
    clock,
    store: {
      ...store,
      ...(given.writesFail && { finish: fails, release: fails }),
      claim: async (request) => {
        await clock.advance(given.claimTakesMs ?? 0);
        return store.claim(request);
      },
    },
    models: {
      providers: given.providers ?? new Set(['openai', 'anthropic'] as const),
      complete: async (_provider, request, signal) => {
        requests.push(request);
        return reply(request, signal);
      },
    },
    catalogue: given.catalogue ?? defaultCatalogue,
    chance: { random: () => 0.5, newId: () => `claim-${ids++}` },
  };
  const run = (job: Job, delivery: Partial<Delivery> = {}) =>
    processJob(ports, job, { receives: 1, remainingMs: () => 150_000, reserveMs: 5_000, ...delivery });
  return { clock, store, requests, run };
};

export const job = (changes: Parameters<typeof aJob>[0] = {}) =>
  aJob({ enqueuedAtMs: START_MS, deadlineAtMs: START_MS + 3_600_000, ...changes });

const fails = () => Promise.reject(new Error('the store is down'));

export const silent = () => new Promise<ModelReply>(() => {});
