import fc from 'fast-check';
import { MAX_RUNS } from '../../../lib/pipeline/dispatch/process-job.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { type ModelReply, modelNames } from '../../../lib/pipeline/model/model.ts';
import { settled } from '../../builders.ts';
import { answer, aWorld, endless, failure, job, START_MS, usage } from './world.ts';

/** A lane whose jobs rather wait for a model than take the default answer. */
const patient = { lastRungs: { when: 'at-deadline', defaultAnswer: 'Thank you!' } } as const;

describe('a call of a model that never comes to an end', () => {
  const cases = [
    ['gpt-5', undefined, 45_000, 'timeout'],
    ['gpt-5-mini', undefined, 30_000, 'timeout'],
    ['gpt-5-nano', undefined, 15_000, 'timeout'],
    ['gpt-5', 1_000, 1_000, 'own-timeout'],
    ['gpt-5-nano', 60_000, 60_000, 'own-timeout'],
    ['gpt-5-mini', 7_250, 7_250, 'own-timeout'],
  ] as const;

  it.each(cases)(
    'of %s with a timeout of its own of %s is stopped at %i ms',
    async (model, own, ms, code) => {
      let stoppedAtMs: number | undefined;
      const world = aWorld((asked, watch) => {
        if (stoppedAtMs !== undefined) return answer;
        watch.signal.addEventListener('abort', () => {
          stoppedAtMs = world.clock.now();
        });
        return endless(world.clock)(asked, watch);
      });
      const running = world.run(job({ message: { model, ...(own && { options: { timeoutMs: own } }) } }));
      await settled();
      await world.clock.advance(ms - 1);
      expect(stoppedAtMs).toBeUndefined();
      await world.clock.advance(1);
      expect(stoppedAtMs).toBe(START_MS + ms);
      expect(await running).toMatchObject({
        ending: { status: 'succeeded' },
        attempts: [
          {
            model,
            code,
            durationMs: ms,
            limits: { totalMs: ms, basis: { kind: own === undefined ? 'configured' : 'asked' } },
          },
          { outcome: 'answer' },
        ],
      });
    },
  );

  it('has reached its own timeout, although what is asked before it took some of the time', async () => {
    const userStarts = {
      start: async () => {
        await new Promise((resolve) => world.clock.timer(20).signal.addEventListener('abort', resolve));
        return { kind: 'started' } as const;
      },
    };
    const world = aWorld((asked, watch) => endless(world.clock)(asked, watch), { userStarts });
    const running = world.run(job({ message: { model: 'claude' } }));
    await settled();
    await world.clock.advance(15_000);
    expect(await running).toMatchObject({ attempts: [{ durationMs: 14_980, code: 'timeout' }] });
  });

  it('is stopped at 30 s when the model has no timeout of its own', async () => {
    const { timeoutMs: _own, timeoutRules: _rules, ...claude } = defaultCatalogue.claude;
    const world = aWorld((asked, watch) => endless(world.clock)(asked, watch), {
      catalogue: { ...defaultCatalogue, claude },
    });
    const running = world.run(job({ message: { model: 'claude' } }));
    await settled();
    await world.clock.advance(30_000);
    expect(await running).toMatchObject({ attempts: [{ durationMs: 30_000 }] });
  });

  it('is stopped by the deadline, with a default answer still given before it', async () => {
    const world = aWorld((asked, watch) => endless(world.clock)(asked, watch));
    const running = world.run(job({ deadlineAtMs: START_MS + 4_000, message: { model: 'claude' } }));
    await settled();
    await world.clock.advance(4_000);
    expect(await running).toMatchObject({
      kind: 'ended',
      ending: { status: 'succeeded', answer: { source: 'default' } },
      attempts: [{ durationMs: 2_900, code: 'own-timeout' }],
    });
  });
});

describe('a failure of the only model', () => {
  const claude = { message: { model: 'claude' } } as const;

  it.each(['refused', 'invalid'] as const)('that is %s is final', async (kind) => {
    const world = aWorld(() => failure(kind));
    expect(await world.run(job())).toMatchObject({ ending: { status: 'failed', reason: kind } });
    expect(world.asked).toHaveLength(1);
  });

  it.each(['money', 'misconfigured'] as const)('that is %s is not tried again', async (kind) => {
    const world = aWorld(() => failure(kind));
    await world.run(job(claude));
    expect(world.asked).toHaveLength(1);
  });

  it('is tried once more after a jittered pause when it may pass', async () => {
    const world = aWorld(() => (world.asked.length === 1 ? failure('transient') : answer));
    const running = world.run(job(claude));
    await settled();
    await world.clock.advance(250); // half of the ceiling of 500 ms
    expect(await running).toMatchObject({
      ending: { status: 'succeeded', answer: { source: 'model', model: 'claude' } },
      attempts: [{ outcome: 'transient' }, { outcome: 'answer', startedAtMs: START_MS + 250 }],
    });
  });

  it('is not tried again at once when it was silence, which would cost its whole limit again', async () => {
    const world = aWorld(() => new Promise<ModelReply>(() => {}));
    const running = world.run(job(claude));
    await settled();
    await world.clock.advance(3_000);
    expect(await running).toMatchObject({ attempts: [{ code: 'silent', durationMs: 3_000 }] });
  });

  it('that asks to wait is obeyed as a minimum while that fits', async () => {
    const world = aWorld(() =>
      world.asked.length === 1 ? failure('throttled', { retryAfterMs: 2_000 }) : answer,
    );
    const running = world.run(job(claude));
    await settled();
    await world.clock.advance(1_999);
    expect(world.asked).toHaveLength(1);
    await world.clock.advance(1);
    expect(await running).toMatchObject({
      ending: { status: 'succeeded' },
      attempts: [{ outcome: 'throttled', retryAfterMs: 2_000 }, { outcome: 'answer' }],
    });
  });

  it.each([
    ['longer than a worker may wait', { retryAfterMs: 5_001 }, 3_600_000],
    ['past the deadline', { retryAfterMs: 3_000 }, 3_500],
  ])('that asks to wait %s is taken as "go on"', async (_what, more, untilMs) => {
    const world = aWorld(() => failure('throttled', more));
    const outcome = await world.run(job({ ...claude, deadlineAtMs: START_MS + untilMs }));
    expect(outcome).toMatchObject({ ending: { answer: { source: 'default' } } });
    expect(world.asked).toHaveLength(1);
  });

  it('keeps what it cost', async () => {
    const world = aWorld(() => ({ ...failure('refused'), usage, servedTier: 'default' }));
    expect(await world.run(job())).toMatchObject({ attempts: [{ outcome: 'refused', costMicroUsd: 250 }] });
  });

  it('ends a job that does not want a default answer', async () => {
    const world = aWorld(() => failure('money'));
    const outcome = await world.run(job({ message: { model: 'claude', options: { defaultAnswer: false } } }));
    expect(outcome).toMatchObject({ ending: { status: 'failed', reason: 'money' } });
  });
});

describe('a lane whose jobs rather wait', () => {
  it('gets them back while no model answers, in longer and longer waits', async () => {
    const world = aWorld(() => failure('throttled', { retryAfterMs: 6_000 }));
    const delays: number[] = [];
    for (let receives = 1; receives <= 9; receives += 1) {
      const outcome = await world.run(job(), { ...patient, receives });
      if (outcome.kind === 'deferred') delays.push(outcome.delayMs);
      await world.clock.advance(6_000);
    }
    expect(delays.slice(0, 4)).toEqual([6_000, 6_000, 10_000, 20_000]);
    expect(delays.slice(-2)).toEqual([150_000, 150_000]);
    expect(world.row()).toMatchObject({ status: 'queued', runsCharged: 0, attempts: [], skips: [] });
  });

  it('pays for no more runs than a job may have, and then gives the default answer', async () => {
    const world = aWorld(() => failure('transient'));
    const outcomes = [];
    for (let run = 1; run <= MAX_RUNS; run += 1) {
      const running = world.run(job(), patient);
      await settled();
      await world.clock.advance(3_000);
      outcomes.push(await running);
    }
    expect(outcomes.map(({ kind }) => kind)).toEqual(['deferred', 'deferred', 'ended']);
    expect(outcomes.at(-1)).toMatchObject({ ending: { answer: { source: 'default', text: 'Thank you!' } } });
    expect(await world.run(job(), patient)).toMatchObject({ kind: 'duplicate' });
  });

  it('gets no job back that could not be run again before its deadline', async () => {
    const world = aWorld(() => failure('money'));
    const outcome = await world.run(job({ deadlineAtMs: START_MS + 3_000 }), patient);
    expect(outcome).toMatchObject({ ending: { answer: { source: 'default' } } });
  });
});

describe('excess', () => {
  it('reaches its deadline before it runs out of receives, however long it waits', async () => {
    const full = {
      start: async (_user: unknown, nowMs: number) => ({ kind: 'full', freeAtMs: nowMs + 2_000 }) as const,
    };
    const world = aWorld(() => answer, { userStarts: full });
    const lasting = job({ deadlineAtMs: START_MS + 6 * 3_600_000 });
    let receives = 0;
    let kind = 'deferred';
    while (kind === 'deferred' && receives < 200) {
      receives += 1;
      const outcome = await world.run(lasting, { receives, receivesLeft: 200 - receives });
      kind = outcome.kind;
      if (outcome.kind === 'deferred') await world.clock.advance(outcome.delayMs);
    }
    expect(kind).toBe('ended');
    expect(receives).toBeLessThan(200);
    expect(world.row()).toMatchObject({ status: 'expired' });
  });
});

describe('a job that kills its worker', () => {
  it('is not run a fourth time', async () => {
    const world = aWorld(() => answer);
    for (let crash = 0; crash < MAX_RUNS; crash += 1) {
      const nowMs = START_MS - 1_000 + crash;
      await world.store.claim({ job: job(), claimId: `dead-${crash}`, nowMs, leaseUntilMs: nowMs });
    }
    const wantsNoDefault = job({ message: { options: { defaultAnswer: false } } });
    expect(await world.run(wantsNoDefault)).toMatchObject({
      ending: { status: 'failed', reason: 'attempts-exhausted' },
    });
    expect(world.asked).toHaveLength(0);
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

describe('deliveries of one job in any number, to models that do as they like', () => {
  it('end the job at most once and ask nobody after that', async () => {
    const reply = fc.constantFrom<ModelReply>(
      answer,
      failure('transient'),
      failure('refused'),
      failure('money'),
      failure('throttled'),
    );
    const replies = fc.array(reply, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(replies, fc.constantFrom(...modelNames), async (given, model) => {
        const queue = [...given];
        const world = aWorld(() => queue.shift() ?? answer);
        const kinds = [];
        let askedUntilEnd: number | undefined;
        for (const _ of given) {
          const running = world.run(job({ message: { model } }), patient);
          await settled();
          await world.clock.advance(10_000);
          kinds.push((await running).kind);
          if (kinds.at(-1) === 'ended') askedUntilEnd = world.asked.length;
        }
        expect(kinds.filter((kind) => kind === 'ended').length).toBeLessThanOrEqual(1);
        if (askedUntilEnd !== undefined) expect(world.asked).toHaveLength(askedUntilEnd);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a store that fails after the call', () => {
  const fails = () => Promise.reject(new Error('the store is down'));

  it.each([
    ['the answer', answer, {}],
    ['a failure to try again', failure('throttled', { retryAfterMs: 60_000 }), patient],
  ])('does not swallow that %s was paid for', async (_what, reply, delivery) => {
    const world = aWorld(() => reply, { store: { finish: fails, release: fails } });
    expect(await world.run(job({ message: { model: 'claude' } }), delivery)).toMatchObject({
      kind: 'unwritten',
      error: { message: 'the store is down' },
      attempts: [{ modelId: 'claude-haiku-5-5' }],
    });
  });
});
