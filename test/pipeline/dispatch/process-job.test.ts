import type { ModelReply } from '../../../lib/pipeline/model/model.ts';
import { settled } from '../../builders.ts';

import { answer, aWorld, failure, job, START_MS, silent } from './world.ts';

describe('a job that the model answers', () => {
  it('ends with the answer, its provenance and its cost', async () => {
    const world = aWorld(() => answer);
    const outcome = await world.run(job());
    expect(outcome).toMatchObject({
      kind: 'ended',
      ending: {
        status: 'succeeded',
        answer: {
          source: 'model',
          text: 'Coucou !',
          aiGenerated: true,
          model: 'gpt-5-nano',
          provider: 'openai',
          modelId: 'gpt-5-nano',
        },
      },
      attempts: [{ outcome: 'answer', costMicroUsd: 250, servedTier: 'default' }], // 1,000 x $0.05 + 500 x $0.40 per million
    });
    expect(world.row()).toMatchObject({ status: 'succeeded', runsCharged: 1 });
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
    const [{ callId } = { callId: 'none' }] = world.row()?.attempts ?? [];
    expect(world.asked).toEqual([
      {
        provider: 'openai',
        modelId: 'gpt-5',
        instructions: 'Be kind.',
        turns: [{ role: 'user', content: 'Salut' }],
        effort: 'low',
        maxOutputTokens: 300,
        tier: 'default',
        cacheGroup: expect.stringContaining('prompt-cache'),
        traceparent: `00-0af7651916cd43dd8448eb211c80319c-${callId}-01`,
      },
    ]);
  });

  it('estimates and says so when the tier that was served has no price', async () => {
    const world = aWorld(() => ({ ...answer, servedTier: 'unknown' }));
    const outcome = await world.run(job());
    expect(outcome).toMatchObject({ attempts: [{ costMicroUsd: 250, unpriced: 'unknown-tier' }] });
  });

  it('estimates an answer that does not say what it took', async () => {
    const world = aWorld(() => ({ kind: 'answer', text: 'Coucou !', servedTier: 'unknown' }));
    const outcome = await world.run(job({ message: { options: { maxOutputTokens: 300 } } }));
    expect(outcome).toMatchObject({
      ending: { answer: { source: 'model', text: 'Coucou !' } },
      attempts: [{ outcome: 'answer', costMicroUsd: 120, unpriced: 'usage-unknown' }],
    });
  });

  it('estimates a call that broke off from its prompt, and a call that was turned away costs nothing', async () => {
    const brokeOff: ModelReply = { kind: 'failure', failure: { kind: 'transient', code: 'cut' } };
    const turnedAway: ModelReply = { ...brokeOff, unbilled: true };
    const replies = [brokeOff, turnedAway, answer];
    const world = aWorld(() => replies.shift() ?? answer);
    const running = world.run(job({ message: { options: { maxOutputTokens: 300 } } }));
    await settled();
    await world.clock.advance(1_000);
    const outcome = await running;
    expect(outcome).toMatchObject({
      attempts: [
        { code: 'cut', costMicroUsd: 120, unpriced: 'usage-unknown' }, // 3 x $0.05 + 300 x $0.40 per million
        { code: 'cut', costMicroUsd: 0 },
        { outcome: 'answer' },
      ],
    });
    expect('attempts' in outcome && outcome.attempts[1]).not.toHaveProperty('unpriced');
  });

  it.each(['refused', 'invalid'] as const)(
    'estimates a reply that was %s after it had begun, and did not say what it took',
    async (kind) => {
      const world = aWorld(() => failure(kind));
      const outcome = await world.run(job({ message: { options: { maxOutputTokens: 300 } } }));
      expect(outcome).toMatchObject({ attempts: [{ costMicroUsd: 120, unpriced: 'usage-unknown' }] });
      const turnedAway = aWorld(() => ({ ...failure(kind), unbilled: true }));
      expect(await turnedAway.run(job())).toMatchObject({ attempts: [{ costMicroUsd: 0 }] });
    },
  );

  it.each(['misconfigured', 'money'] as const)(
    'pays nothing for a call that was %s before a reply began',
    async (kind) => {
      const world = aWorld(({ provider }) => (provider === 'openai' ? failure(kind) : answer));
      expect(await world.run(job())).toMatchObject({
        attempts: [{ costMicroUsd: 0 }, { outcome: 'answer' }],
      });
    },
  );
});

describe('a job that is delivered again', () => {
  it('does nothing once it has ended', async () => {
    const world = aWorld(() => answer);
    await world.run(job());
    expect(await world.run(job())).toMatchObject({ kind: 'duplicate' });
    expect(world.asked).toHaveLength(1);
  });

  it('waits for the worker that has it', async () => {
    const world = aWorld(silent);
    const first = world.run(job());
    await settled();
    expect(await world.run(job())).toMatchObject({ kind: 'deferred', reason: 'held', delayMs: 2_500 });
    // nano and claude may take 31.1 s, with 5 s for the claim before and for the result after; 0.5 s keep waiters apart
    expect(await world.run(job(), { receives: 9 })).toMatchObject({ reason: 'held', delayMs: 41_600 });
    await world.clock.advance(40_000);
    await first;
    expect(world.asked).toHaveLength(2); // nano, then claude: by the worker that has it
  });

  // A worker frozen past its lease: its own clock has not moved, but another one has claimed the job.
  const overtaken = async (reply: ModelReply) => {
    const { promise, resolve } = Promise.withResolvers<ModelReply>();
    const world = aWorld(() => promise);
    const frozen = world.run(job());
    await settled();
    const nowMs = START_MS + 45_000;
    await world.store.claim({ job: job(), claimId: 'other', nowMs, leaseUntilMs: nowMs + 20_000 });
    resolve(reply);
    return { outcome: await frozen, row: world.row() };
  };

  it('is taken over from a worker that froze, whose late answer is not written', async () => {
    const { outcome, row } = await overtaken(answer);
    expect(outcome).toMatchObject({ kind: 'deferred', reason: 'lost', attempts: [{ outcome: 'answer' }] });
    expect(row).toMatchObject({ status: 'running', claimId: 'other' });
  });

  it('is not given back to the lane by a worker that has lost it', async () => {
    const { outcome, row } = await overtaken(failure('money'));
    expect(outcome).toMatchObject({ kind: 'deferred', reason: 'lost' });
    expect(row).toMatchObject({ status: 'running', claimId: 'other' });
  });
});

describe('a job that cannot be started', () => {
  it('is given back untouched when the invocation is too far gone', async () => {
    const world = aWorld(() => answer);
    expect(await world.run(job(), { remainingMs: () => 26_099 })).toEqual({
      kind: 'deferred',
      reason: 'no-room',
      delayMs: 0,
      attempts: [],
      skips: [],
    });
    expect(world.row()).toBeUndefined();
    expect(world.asked).toHaveLength(0);
  });

  it('expires unbilled when its deadline has passed in the queue', async () => {
    const world = aWorld(() => answer);
    const outcome = await world.run(job({ deadlineAtMs: START_MS - 1 }));
    expect(outcome).toEqual({
      kind: 'ended',
      ending: { status: 'expired', reason: 'deadline-passed' },
      endedAtMs: START_MS,
      attempts: [],
      skips: [],
    });
    expect(world.asked).toHaveLength(0);
  });

  it('fails when no provider of its tenant may see it, and no provider does', async () => {
    const world = aWorld(() => answer);
    const outcome = await world.run(job({ message: { allowedProcessors: ['azure-openai'] } }));
    expect(outcome).toMatchObject({ ending: { status: 'failed', reason: 'processor-not-allowed' } });
    expect(world.asked).toHaveLength(0);
  });

  it('fails when the stage has no live provider for its model', async () => {
    const world = aWorld(silent, { providers: new Set() });
    expect(await world.run(job())).toMatchObject({ ending: { status: 'failed', reason: 'no-live-model' } });
  });

  it('is given back, uncharged, when the claim took what was left of the invocation', async () => {
    const world = aWorld(() => answer, { claimTakesMs: 4_000 });
    const endsAtMs = START_MS + 27_000;
    const outcome = await world.run(job(), { remainingMs: () => endsAtMs - world.clock.now() });
    expect(outcome).toEqual({ kind: 'deferred', reason: 'no-room', delayMs: 0, attempts: [], skips: [] });
    expect(world.row()).toMatchObject({ status: 'queued', runsCharged: 0 });
    expect(world.asked).toHaveLength(0);
  });

  it('expires when the claim took all that was left until its deadline', async () => {
    const world = aWorld(() => answer, { claimTakesMs: 4_000 });
    const outcome = await world.run(job({ deadlineAtMs: START_MS + 4_000 }));
    expect(outcome).toMatchObject({ ending: { status: 'expired' }, attempts: [] });
  });
});
