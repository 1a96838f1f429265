import type { ModelReply, ProviderName } from '../../../lib/pipeline/model/model.ts';
import { settled } from '../../builders.ts';
import { type Asked, answer, aWorld, failure, job, START_MS, silent } from './world.ts';

const all: ReadonlySet<ProviderName> = new Set(['azure-openai', 'openai', 'anthropic']);
const gpt5 = { message: { model: 'gpt-5' } } as const;
const askedOf = ({ asked }: { asked: readonly Asked[] }) =>
  asked.map(({ provider, modelId }) => `${provider} ${modelId}`);

describe('a chain of models', () => {
  it('asks every provider of a model, then the next model, until one answers', async () => {
    const world = aWorld((asked) => (asked.provider === 'anthropic' ? answer : failure('money')), {
      providers: all,
    });
    expect(await world.run(job(gpt5))).toMatchObject({
      ending: { status: 'succeeded', answer: { source: 'model', model: 'claude', provider: 'anthropic' } },
    });
    expect(askedOf(world)).toEqual([
      'azure-openai gpt-5',
      'openai gpt-5',
      'azure-openai gpt-5-mini',
      'openai gpt-5-mini',
      'anthropic claude-haiku-5-5',
    ]);
  });

  it('says what answered and why the others did not', async () => {
    const world = aWorld((asked) =>
      asked.modelId === 'gpt-5' ? failure('money', { code: 'spend-limit' }) : answer,
    );
    await world.run(job(gpt5));
    expect(world.row()).toMatchObject({
      ending: { answer: { model: 'gpt-5-mini' } },
      attempts: [
        { model: 'gpt-5', outcome: 'money', code: 'spend-limit' },
        { model: 'gpt-5-mini', outcome: 'answer' },
      ],
    });
  });

  it('rescues a silent model within 12 s, and a silent provider within 25 s', async () => {
    const slow = async (world: ReturnType<typeof aWorld>): Promise<ModelReply> => {
      await new Promise((resolve) => world.clock.timer(3_000).signal.addEventListener('abort', resolve));
      return answer;
    };
    const rescued = async (isSilent: (asked: Asked) => boolean) => {
      const world = aWorld(
        (asked, watch) => {
          if (isSilent(asked)) return silent();
          watch.heard();
          return slow(world);
        },
        { providers: all },
      );
      const running = world.run(job(gpt5)).then((outcome) => ({ outcome, atMs: world.clock.now() }));
      await settled();
      for (let second = 0; second < 40; second += 1) await world.clock.advance(1_000);
      const { outcome } = await running;
      expect(outcome).toMatchObject({ ending: { answer: { source: 'model' } } });
      return (world.row()?.endedAtMs ?? Infinity) - START_MS;
    };
    expect(await rescued(({ modelId }) => modelId === 'gpt-5')).toBe(3_500 + 3_500 + 3_000);
    expect(await rescued(({ provider }) => provider !== 'anthropic')).toBe(7_000 + 6_000 + 3_000);
  });

  it('is never shopped around after a refusal', async () => {
    const world = aWorld(() => failure('refused'), { providers: all });
    expect(await world.run(job(gpt5))).toMatchObject({ ending: { status: 'failed', reason: 'refused' } });
    expect(world.asked).toHaveLength(1);
  });

  it('goes only to processors that the tenant allows', async () => {
    const world = aWorld(() => failure('transient'), { providers: all });
    const running = world.run(job({ message: { model: 'gpt-5', allowedProcessors: ['openai'] } }));
    await settled();
    await world.clock.advance(5_000);
    expect(await running).toMatchObject({ skips: [{ rung: 'claude', reason: 'processor-not-allowed' }, {}] });
    expect(new Set(world.asked.map(({ provider }) => provider))).toEqual(new Set(['openai']));
  });

  it('is left when the job was canceled meanwhile', async () => {
    const world = aWorld(() => {
      world.store.cancel(job(gpt5), 0);
      return failure('money');
    });
    expect(await world.run(job(gpt5))).toMatchObject({ kind: 'deferred', reason: 'lost' });
    expect(world.asked).toHaveLength(1);
    expect(await world.run(job(gpt5))).toMatchObject({ kind: 'duplicate' });
  });

  it('is left, and nothing more is spent, when the store cannot say whose the job is', async () => {
    const world = aWorld(() => failure('money'), {
      store: { check: () => Promise.reject(new Error('down')) },
    });
    expect(await world.run(job(gpt5))).toMatchObject({ kind: 'deferred', reason: 'store-unavailable' });
    expect(world.asked).toHaveLength(1);
  });

  it('has a last rung even when its deadline leaves no time for models', async () => {
    const world = aWorld(silent, { providers: all });
    const running = world.run(job({ ...gpt5, deadlineAtMs: START_MS + 1_500 }));
    await settled();
    await world.clock.advance(1_500);
    expect(await running).toMatchObject({ ending: { answer: { source: 'default' } } });
    expect(world.row()?.endedAtMs).toBeLessThanOrEqual(START_MS + 1_500);
  });
});

describe('a circuit', () => {
  it('that is open is passed over without a call, by jobs that come after', async () => {
    const world = aWorld(
      (asked) => (asked.provider === 'openai' ? failure('misconfigured', { code: 'key-missing' }) : answer),
      { providers: all },
    );
    const allowed: ProviderName[] = ['openai', 'anthropic'];
    const openai = { message: { model: 'gpt-5-nano', allowedProcessors: allowed } } as const;
    await world.run(job(openai));
    await world.run(job({ ...openai, jobId: 'job-2' }));
    expect(askedOf(world)).toEqual([
      'openai gpt-5-nano',
      'anthropic claude-haiku-5-5',
      'anthropic claude-haiku-5-5',
    ]);
    expect(world.row('job-2')).toMatchObject({
      skips: [{ rung: 'gpt-5-nano', provider: 'openai', reason: 'circuit-open' }],
    });
  });

  it('that a person holds is told apart from one that an outage opened', async () => {
    const world = aWorld(() => answer, { providers: all });
    const allowed: ProviderName[] = ['openai', 'anthropic'];
    const openai = { message: { model: 'gpt-5-nano', allowedProcessors: allowed } } as const;
    await world.ports.circuits.hold({ provider: 'openai', modelId: 'gpt-5-nano' }, 'open', 'test');
    expect(await world.run(job(openai))).toMatchObject({ skips: [{ reason: 'circuit-held' }] });
  });

  it('that opens while a job waits for its other limits is not called', async () => {
    const world = aWorld(() => answer, {
      userStarts: {
        start: async () => {
          await world.ports.circuits.hold({ provider: 'openai', modelId: 'gpt-5-nano' }, 'open', 'test');
          return { kind: 'started' };
        },
      },
    });
    await world.run(job());
    expect(askedOf(world)).toEqual(['anthropic claude-haiku-5-5']);
  });

  it('costs healthy jobs no write', async () => {
    const world = aWorld(() => answer);
    for (let count = 0; count < 20; count += 1) await world.run(job({ jobId: `job-${count}` }));
    expect(world.fleet.writes()).toBe(0);
  });

  it('is not opened by jobs that gave a model too little time', async () => {
    const world = aWorld(() => new Promise<ModelReply>(() => {}));
    for (let count = 0; count < 8; count += 1) {
      const hurried = job({
        jobId: `job-${count}`,
        message: { model: 'claude', options: { timeoutMs: 1_000 } },
      });
      const running = world.run(hurried);
      await settled();
      await world.clock.advance(1_000);
      await running;
    }
    expect(world.asked).toHaveLength(8);
  });
});

describe('a limit', () => {
  const quota = {
    provider: 'openai',
    modelId: 'gpt-5-nano',
    requestsPerMinute: 60,
    tokensPerMinute: 1_000_000,
  } as const;

  it('of a provider makes excess wait its turn instead of taking another model, and spends nothing', async () => {
    const world = aWorld(() => answer, { quotas: [quota] });
    const outcomes = [];
    for (let count = 0; count < 12; count += 1)
      outcomes.push(await world.run(job({ jobId: `job-${count}` })));
    const waiting = outcomes.filter(({ kind }) => kind === 'deferred');
    expect(waiting.length).toBeGreaterThan(0);
    for (const outcome of waiting) expect(outcome).toMatchObject({ reason: 'quota', attempts: [] });
    expect(world.asked).toHaveLength(12 - waiting.length);
    expect(new Set(askedOf(world))).toEqual(new Set(['openai gpt-5-nano']));
  });

  it('of a provider does not keep a job from its last rungs when it has no time to wait', async () => {
    const world = aWorld(() => answer, { quotas: [quota] });
    const outcomes = [];
    for (let count = 0; count < 12; count += 1)
      outcomes.push(await world.run(job({ jobId: `job-${count}`, deadlineAtMs: START_MS + 1_100 })));
    expect(outcomes.every(({ kind }) => kind === 'ended')).toBe(true);
  });

  it('of a user makes excess wait until a start is free, charged to nobody', async () => {
    const world = aWorld(() => answer, {
      userStarts: { start: async (_user, nowMs) => ({ kind: 'full', freeAtMs: nowMs + 20_000 }) },
    });
    // a second early: whole seconds of the lane are not to cost the user a start
    expect(await world.run(job())).toMatchObject({ reason: 'user-limit', delayMs: 19_000 });
    expect(world.row()).toMatchObject({ status: 'queued', runsCharged: 0 });
    expect(world.asked).toHaveLength(0);
  });

  it('of a user is waited for in place when a start is free within a moment', async () => {
    const freeAtMs = START_MS + 1_200;
    const world = aWorld(() => answer, {
      userStarts: {
        start: async (_user, nowMs) => (nowMs < freeAtMs ? { kind: 'full', freeAtMs } : { kind: 'started' }),
      },
    });
    const running = world.run(job());
    await settled();
    await world.clock.advance(1_199);
    expect(world.asked).toHaveLength(0);
    await world.clock.advance(1);
    expect(await running).toMatchObject({ kind: 'ended' });
    expect(world.asked).toHaveLength(1);
  });

  it('of a user that others are quicker to take sends the job back to its lane after all', async () => {
    const world = aWorld(() => answer, {
      userStarts: { start: async (_user, nowMs) => ({ kind: 'full', freeAtMs: nowMs + 400 }) },
    });
    const running = world.run(job());
    for (let moment = 0; moment < 4; moment += 1) {
      await settled();
      await world.clock.advance(400);
    }
    expect(await running).toMatchObject({ reason: 'user-limit', delayMs: 0 });
    expect(world.asked).toHaveLength(0);
  });

  it('of a user never makes a job wait beyond its deadline, where it expires', async () => {
    const world = aWorld(() => answer, {
      userStarts: { start: async (_user, nowMs) => ({ kind: 'full', freeAtMs: nowMs + 60_000 }) },
    });
    const hurried = job({ deadlineAtMs: START_MS + 10_000 });
    expect(await world.run(hurried)).toMatchObject({ reason: 'user-limit', delayMs: 10_000 });
  });

  it('of a user that cannot be asked for sends the job back without spending', async () => {
    const world = aWorld(() => answer, { userStarts: { start: () => Promise.reject(new Error('down')) } });
    expect(await world.run(job())).toMatchObject({ reason: 'store-unavailable' });
    expect(world.asked).toHaveLength(0);
  });
});

describe('the last rungs', () => {
  const cached = {
    source: 'model',
    text: 'Coucou encore !',
    aiGenerated: true,
    model: 'gpt-5-nano',
    provider: 'openai',
    modelId: 'gpt-5-nano',
    generatedAtMs: START_MS - 60_000,
  } as const;

  it('give an answer that was given to the same words before', async () => {
    const world = aWorld(() => failure('money'), { cached });
    expect(await world.run(job())).toMatchObject({
      ending: { status: 'succeeded', answer: { ...cached, source: 'cache' } },
    });
  });

  it.each([
    ['hangs', () => new Promise<never>(() => {})],
    ['fails', () => Promise.reject(new Error('down'))],
  ])('give the default answer when the cache %s', async (_what, findAnswer) => {
    const world = aWorld(() => failure('money'), { store: { findAnswer } });
    const running = world.run(job());
    await settled();
    await world.clock.advance(1_000);
    expect(await running).toMatchObject({
      ending: { answer: { source: 'default', text: 'Thank you!', aiGenerated: false } },
      skips: [{ rung: 'cache', reason: 'cache-unavailable' }],
    });
  });

  it("give the producer's own default answer when the job brings one", async () => {
    const world = aWorld(() => failure('money'));
    const outcome = await world.run(job({ message: { options: { defaultAnswer: 'À tout à l’heure !' } } }));
    expect(outcome).toMatchObject({ ending: { answer: { text: 'À tout à l’heure !' } } });
  });

  it('end as unavailable when nobody could be asked and no default answer is wanted', async () => {
    const world = aWorld(() => answer);
    for (const provider of ['openai', 'anthropic'] as const)
      for (const modelId of ['gpt-5-nano', 'claude-haiku-5-5'])
        await world.ports.circuits.hold({ provider, modelId }, 'open', 'test');
    const outcome = await world.run(job({ message: { options: { defaultAnswer: false } } }));
    expect(outcome).toMatchObject({ ending: { status: 'failed', reason: 'unavailable' } });
  });
});
