import fc from 'fast-check';
import type { Catalogue } from '../../lib/pipeline/catalogue.ts';
import { defaultCatalogue } from '../../lib/pipeline/default-catalogue.ts';
import type { Job } from '../../lib/pipeline/job.ts';
import type { ModelFailure, ModelReply, ModelRequest } from '../../lib/pipeline/model.ts';
import type { Models } from '../../lib/pipeline/ports.ts';
import {
  type Delivery,
  MAX_CALLS,
  type ProcessJobPorts,
  processJob,
} from '../../lib/pipeline/process-job.ts';
import { aJob, settled, virtualClock } from '../builders.ts';
import { inMemoryJobStore } from './in-memory-job-store.ts';

const START_MS = Date.parse('2026-11-22T12:00:00Z');
const usage = { inputTokens: 1_000, cachedInputTokens: 0, outputTokens: 500, reasoningTokens: 0 };
const answer: ModelReply = { kind: 'answer', text: 'Coucou !', usage, servedTier: 'default' };
const failure = (kind: ModelFailure['kind'], more: Partial<ModelFailure> = {}): ModelReply => ({
  kind: 'failure',
  failure: { kind, code: `some-${kind}`, ...more },
});

type Reply = (request: ModelRequest, signal: AbortSignal) => Promise<ModelReply> | ModelReply;
type World = { providers: Models['providers']; catalogue: Catalogue; claimTakesMs: number };

/** A world to run jobs in: virtual time, rules of claims over a map, a model that replies as it is told. */
const aWorld = (reply: Reply, given: Partial<World> = {}) => {
  const clock = virtualClock(START_MS);
  const store = inMemoryJobStore();
  const requests: ModelRequest[] = [];
  let ids = 0;
  const ports: ProcessJobPorts = {
    clock,
    store: {
      ...store,
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

const job = (changes: Parameters<typeof aJob>[0] = {}) =>
  aJob({ enqueuedAtMs: START_MS, deadlineAtMs: START_MS + 3_600_000, ...changes });

const silent = () => new Promise<ModelReply>(() => {});

describe('a job that the model answers', () => {
  it('ends with the answer, its provenance and its cost', async () => {
    const world = aWorld(() => answer);
    const outcome = await world.run(job());
    expect(outcome).toMatchObject({
      kind: 'ended',
      ending: {
        status: 'succeeded',
        answer: {
          text: 'Coucou !',
          aiGenerated: true,
          model: 'gpt-5-nano',
          provider: 'openai',
          modelId: 'gpt-5-nano',
        },
      },
      attempts: [{ outcome: 'answer', costMicroUsd: 250, servedTier: 'default' }], // 1,000 x $0.05 + 500 x $0.40 per million
    });
    expect(world.store.row('job-1')).toMatchObject({ status: 'succeeded', callsCharged: 1 });
  });

  it('is asked as its producer wrote it', async () => {
    const world = aWorld(() => answer);
    await world.run(
      job({
        message: {
          model: 'gpt-5',
          input: { instructions: 'Be kind.', messages: [{ role: 'user', content: 'Salut' }] },
          options: { reasoningEffort: 'low', maxOutputTokens: 300 },
        },
      }),
    );
    expect(world.requests).toEqual([
      {
        modelId: 'gpt-5',
        instructions: 'Be kind.',
        turns: [{ role: 'user', content: 'Salut' }],
        effort: 'low',
        maxOutputTokens: 300,
        tier: 'default',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    ]);
  });

  it('says so when the tier that was served has no price', async () => {
    const world = aWorld(() => ({ ...answer, servedTier: 'unknown' }));
    const outcome = await world.run(job());
    expect(outcome).toMatchObject({ attempts: [{ costMicroUsd: 0, unpriced: 'unknown-tier' }] });
  });
});

describe('a job that is delivered again', () => {
  it('does nothing once it has ended', async () => {
    const world = aWorld(() => answer);
    await world.run(job());
    expect(await world.run(job())).toEqual({ kind: 'duplicate' });
    expect(world.requests).toHaveLength(1);
  });

  it('waits for the worker that has it', async () => {
    const world = aWorld(silent);
    const first = world.run(job());
    await settled();
    expect(await world.run(job())).toMatchObject({ kind: 'deferred', reason: 'held', delayMs: 2_500 });
    // nano may take 15 s, with 5 s for the claim before and for the result after; 0.5 s keep waiters apart
    expect(await world.run(job(), { receives: 9 })).toMatchObject({ reason: 'held', delayMs: 25_500 });
    await world.clock.advance(15_000);
    await first;
    expect(world.requests).toHaveLength(1);
  });

  // A worker frozen past its lease: its own clock has not moved, but another one has claimed the job.
  const overtaken = async (reply: ModelReply) => {
    const { promise, resolve } = Promise.withResolvers<ModelReply>();
    const world = aWorld(() => promise);
    const frozen = world.run(job());
    await settled();
    const nowMs = START_MS + 25_000;
    await world.store.claim({ job: job(), claimId: 'other', nowMs, leaseUntilMs: nowMs + 20_000 });
    resolve(reply);
    return { outcome: await frozen, row: world.store.row('job-1') };
  };

  it('is taken over from a worker that froze, whose late answer is not written', async () => {
    const { outcome, row } = await overtaken(answer);
    expect(outcome).toMatchObject({ kind: 'deferred', reason: 'lost', attempts: [{ outcome: 'answer' }] });
    expect(row).toMatchObject({ status: 'running', claimId: 'other' });
  });

  it('is not given back to the lane by a worker that has lost it', async () => {
    const { outcome, row } = await overtaken(failure('transient'));
    expect(outcome).toMatchObject({ kind: 'deferred', reason: 'lost' });
    expect(row).toMatchObject({ status: 'running', claimId: 'other' });
  });
});

describe('an attempt against a model that never answers', () => {
  const cases = [
    ['gpt-5', undefined, 45_000],
    ['gpt-5-mini', undefined, 30_000],
    ['gpt-5-nano', undefined, 15_000],
    ['gpt-5', 1_000, 1_000],
    ['gpt-5-nano', 60_000, 60_000],
    ['gpt-5-mini', 7_250, 7_250],
  ] as const;

  it.each(cases)(
    'of %s with a timeout of its own of %s is aborted at %i ms',
    async (model, timeoutMs, expected) => {
      let abortedAtMs: number | undefined;
      const world = aWorld((_request, signal) => {
        signal.addEventListener('abort', () => {
          abortedAtMs = world.clock.now();
        });
        return silent();
      });
      const running = world.run(job({ message: { model, ...(timeoutMs && { options: { timeoutMs } }) } }));
      await settled();
      await world.clock.advance(expected - 1);
      expect(abortedAtMs).toBeUndefined();
      await world.clock.advance(1);
      expect(abortedAtMs).toBe(START_MS + expected);
      expect(await running).toMatchObject({
        kind: 'deferred',
        reason: 'transient',
        attempts: [{ code: 'timeout', durationMs: expected, timeoutMs: expected }],
      });
    },
  );

  it('is aborted at 30 s when the model has no timeout of its own', async () => {
    const { timeoutMs: _own, timeoutRules: _rules, ...claude } = defaultCatalogue.claude;
    const world = aWorld(silent, { catalogue: { ...defaultCatalogue, claude } });
    const running = world.run(job({ message: { model: 'claude' } }));
    await settled();
    await world.clock.advance(30_000);
    expect(await running).toMatchObject({ attempts: [{ durationMs: 30_000 }] });
  });

  it('is aborted by the deadline when that comes first', async () => {
    const world = aWorld(silent);
    const running = world.run(job({ deadlineAtMs: START_MS + 4_000 }));
    await settled();
    await world.clock.advance(4_000);
    expect(await running).toMatchObject({
      kind: 'ended',
      ending: { status: 'failed', reason: 'transient' },
      attempts: [{ durationMs: 4_000 }],
    });
  });
});

describe('a failure of the model', () => {
  it.each([
    ['transient', 'deferred'],
    ['throttled', 'deferred'],
    ['money', 'ended'],
    ['misconfigured', 'ended'],
    ['refused', 'ended'],
    ['invalid', 'ended'],
  ] as const)('that is %s leaves the job %s', async (kind, expected) => {
    const world = aWorld(() => failure(kind));
    const outcome = await world.run(job());
    expect(outcome.kind).toBe(expected);
    if (outcome.kind === 'ended') expect(outcome.ending).toEqual({ status: 'failed', reason: kind });
    if (outcome.kind === 'deferred') expect(world.store.row('job-1')?.status).toBe('queued');
  });

  it('that asks to wait is obeyed as a minimum', async () => {
    const world = aWorld(() => failure('throttled', { retryAfterMs: 20_000 }));
    expect(await world.run(job())).toMatchObject({ kind: 'deferred', delayMs: 20_000 });
  });

  it('that asks to wait past the deadline ends the job', async () => {
    const world = aWorld(() => failure('throttled', { retryAfterMs: 20_000 }));
    const outcome = await world.run(job({ deadlineAtMs: START_MS + 15_000 }));
    expect(outcome).toMatchObject({ kind: 'ended', ending: { status: 'failed', reason: 'throttled' } });
  });

  it('that may have been billed is tried again by later deliveries, but not for ever', async () => {
    const world = aWorld(() => failure('transient'));
    for (let call = 1; call < MAX_CALLS; call += 1) expect((await world.run(job())).kind).toBe('deferred');
    expect(await world.run(job())).toMatchObject({
      ending: { status: 'failed', reason: 'attempts-exhausted' },
    });
    expect(await world.run(job())).toEqual({ kind: 'duplicate' });
    expect(world.requests).toHaveLength(MAX_CALLS);
  });

  it('that was free is waited out for as long as the deadline allows, in longer and longer waits', async () => {
    const world = aWorld(() => failure('throttled'));
    const delays: number[] = [];
    for (let receives = 1; receives <= 12; receives += 1) {
      const outcome = await world.run(job(), { receives });
      if (outcome.kind === 'deferred') delays.push(outcome.delayMs);
    }
    expect(delays.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(delays.slice(-2)).toEqual([150_000, 150_000]);
    expect(world.store.row('job-1')).toMatchObject({ status: 'queued', callsCharged: 0, attempts: [] });
  });

  it('that killed the worker counts like any other: a job that kills thrice is not tried a fourth time', async () => {
    const world = aWorld(() => answer);
    for (let crash = 0; crash < MAX_CALLS; crash += 1) {
      const nowMs = START_MS - 1_000 + crash;
      await world.store.claim({ job: job(), claimId: `dead-${crash}`, nowMs, leaseUntilMs: nowMs });
    }
    expect(await world.run(job())).toMatchObject({
      ending: { status: 'failed', reason: 'attempts-exhausted' },
    });
    expect(world.requests).toHaveLength(0);
  });

  it('keeps what it cost', async () => {
    const world = aWorld(() => ({ ...failure('refused'), usage, servedTier: 'default' }));
    expect(await world.run(job())).toMatchObject({ attempts: [{ outcome: 'refused', costMicroUsd: 250 }] });
  });
});

describe('a job that cannot be started', () => {
  it('is given back untouched when the invocation is too far gone', async () => {
    const world = aWorld(() => answer);
    expect(await world.run(job(), { remainingMs: () => 19_999 })).toEqual({
      kind: 'deferred',
      reason: 'no-room',
      delayMs: 0,
      attempts: [],
    });
    expect(world.store.row('job-1')).toBeUndefined();
    expect(world.requests).toHaveLength(0);
  });

  it('expires unbilled when its deadline has passed in the queue', async () => {
    const world = aWorld(() => answer);
    const outcome = await world.run(job({ deadlineAtMs: START_MS - 1 }));
    expect(outcome).toEqual({
      kind: 'ended',
      ending: { status: 'expired', reason: 'deadline-passed' },
      attempts: [],
    });
    expect(world.requests).toHaveLength(0);
  });

  it('fails when no provider of its tenant may see it, and no provider does', async () => {
    const world = aWorld(() => answer);
    const outcome = await world.run(job({ message: { allowedProcessors: ['azure-openai'] } }));
    expect(outcome).toMatchObject({ ending: { status: 'failed', reason: 'processor-not-allowed' } });
    expect(world.requests).toHaveLength(0);
  });

  it('fails when the stage has no live provider for its model', async () => {
    const world = aWorld(silent, { providers: new Set() });
    expect(await world.run(job())).toMatchObject({ ending: { status: 'failed', reason: 'no-live-model' } });
  });

  it('is given back, uncharged, when the claim took what was left of the invocation', async () => {
    const world = aWorld(() => answer, { claimTakesMs: 4_000 });
    const endsAtMs = START_MS + 22_000;
    const outcome = await world.run(job(), { remainingMs: () => endsAtMs - world.clock.now() });
    expect(outcome).toEqual({ kind: 'deferred', reason: 'no-room', delayMs: 0, attempts: [] });
    expect(world.store.row('job-1')).toMatchObject({ status: 'queued', callsCharged: 0 });
    expect(world.requests).toHaveLength(0);
  });

  it('expires when the claim took what was left of its deadline', async () => {
    const world = aWorld(() => answer, { claimTakesMs: 4_000 });
    const outcome = await world.run(job({ deadlineAtMs: START_MS + 4_500 }));
    expect(outcome).toMatchObject({ ending: { status: 'expired' }, attempts: [] });
  });
});

describe('an answer that no row can hold', () => {
  it('ends the job with that reason and what it cost', async () => {
    const world = aWorld(() => ({ ...answer, text: 'é'.repeat(160 * 1024) }));
    expect(await world.run(job())).toMatchObject({
      ending: { status: 'failed', reason: 'invalid' },
      attempts: [{ code: 'answer-too-large', costMicroUsd: 250 }],
    });
  });
});

describe('deliveries of one job in any number, to a model that does as it likes', () => {
  it('are billed for no more calls than allowed and end the job at most once', async () => {
    const replies = fc.array(fc.constantFrom<ModelReply>(answer, failure('transient'), failure('refused')), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(replies, async (given) => {
        const queue = [...given];
        const world = aWorld(() => queue.shift() ?? answer);
        const outcomes = [];
        for (const _ of given) outcomes.push((await world.run(job())).kind);
        expect(outcomes.filter((kind) => kind === 'ended').length).toBeLessThanOrEqual(1);
        expect(world.requests.length).toBeLessThanOrEqual(MAX_CALLS);
      }),
    );
  });
});
