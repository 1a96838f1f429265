import fc from 'fast-check';
import { defaultCatalogue } from '../../lib/pipeline/default-catalogue.ts';
import type { ModelReply } from '../../lib/pipeline/model.ts';
import { MAX_CALLS } from '../../lib/pipeline/process-job.ts';
import { settled } from '../builders.ts';

import { answer, aWorld, failure, job, START_MS, silent, usage } from './world.ts';

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

  it('is not charged when the call says, on being stopped, that nobody was called', async () => {
    const world = aWorld(async (_request, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return failure('throttled', { code: 'key-unavailable' });
    });
    const running = world.run(job({ message: { options: { timeoutMs: 1_000 } } }));
    await settled();
    await world.clock.advance(1_000);
    expect(await running).toMatchObject({ kind: 'deferred', reason: 'throttled' });
    expect(world.store.row('job-1')).toMatchObject({ callsCharged: 0 });
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

  it('that was throttled but came with usage was billed, and counts', async () => {
    const world = aWorld(() => ({ ...failure('throttled'), usage, servedTier: 'default' }));
    for (let call = 1; call < MAX_CALLS; call += 1) expect((await world.run(job())).kind).toBe('deferred');
    expect(await world.run(job())).toMatchObject({ ending: { reason: 'attempts-exhausted' } });
    expect(world.requests).toHaveLength(MAX_CALLS);
  });

  it('keeps what it cost', async () => {
    const world = aWorld(() => ({ ...failure('refused'), usage, servedTier: 'default' }));
    expect(await world.run(job())).toMatchObject({ attempts: [{ outcome: 'refused', costMicroUsd: 250 }] });
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

describe('a store that fails after the call', () => {
  it.each([
    ['the answer', answer],
    ['a failure to try again', failure('transient')],
  ])('does not swallow that %s was paid for', async (_what, reply) => {
    const world = aWorld(() => reply, { writesFail: true });
    expect(await world.run(job())).toMatchObject({
      kind: 'unwritten',
      error: { message: 'the store is down' },
      attempts: [{ modelId: 'gpt-5-nano' }],
    });
  });
});
