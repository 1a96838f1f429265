import fc from 'fast-check';
import {
  flexLack,
  flexPatienceMs,
  healthOf,
  inTierOrder,
  tierAt,
} from '../../../lib/pipeline/dispatch/service-tier.ts';
import type { Job } from '../../../lib/pipeline/job/job.ts';
import { liveOffers } from '../../../lib/pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { modelNames, serviceTiers } from '../../../lib/pipeline/model/model.ts';
import { priceListAt } from '../../../lib/pipeline/money/price.ts';
import { type Asked, answer, aWorld, failure, job, START_MS, usage } from './world.ts';

const flexIsFull = failure('throttled', { code: 'capacity' });
const fullFlex = ({ tier }: Asked) => (tier === 'flex' ? flexIsFull : { ...answer, servedTier: tier });
const canWait = { tier: 'flex', lastRungs: { when: 'at-deadline', defaultAnswer: 'Thank you!' } } as const;
const openAiOnly = { providers: new Set(['openai'] as const) };
const tiersOf = ({ asked }: { asked: Asked[] }) =>
  asked.map(({ provider, modelId, tier }) => [provider, modelId, tier]);

describe('the tier that an offer is asked for', () => {
  const at = Date.parse('2026-11-26T00:00:00Z');
  const offersOf = (model: (typeof modelNames)[number]) =>
    liveOffers(defaultCatalogue[model], at, () => true);
  const told = (model: (typeof modelNames)[number]) =>
    offersOf(model).map((offer) => [offer.provider, ...serviceTiers.map((tier) => tierAt(offer, tier, at))]);

  it('is the one of the lane where the provider sells it for the model, and the default one elsewhere', () => {
    expect(told('gpt-5')).toEqual([
      ['azure-openai', 'default', 'default', 'default'],
      ['openai', 'priority', 'default', 'flex'],
    ]);
    expect(told('gpt-5-nano')).toContainEqual(['openai', 'default', 'default', 'flex']);
    expect(told('claude')).toEqual([['anthropic', 'default', 'default', 'default']]);
  });

  it('always has a price', () => {
    const offers = modelNames.flatMap((name) => defaultCatalogue[name].offers);
    fc.assert(
      fc.property(
        fc.constantFrom(...offers),
        fc.constantFrom(...serviceTiers),
        fc.integer({ min: at, max: Date.parse('2028-01-01') }),
        (offer, tier, nowMs) => {
          expect(priceListAt(offer.prices, nowMs)?.tiers[tierAt(offer, tier, nowMs)]).toBeDefined();
        },
      ),
    );
  });

  it('of flex puts those first who sell it, and loses nobody', () => {
    const providers = (tier: (typeof serviceTiers)[number]) =>
      inTierOrder(offersOf('gpt-5'), tier, at).map(({ provider }) => provider);
    expect(providers('flex')).toEqual(['openai', 'azure-openai']);
    expect(providers('default')).toEqual(['azure-openai', 'openai']);
    expect(providers('priority')).toEqual(['azure-openai', 'openai']);
  });
});

describe('a job of a lane with a tier of its own', () => {
  it('asks for priority where a person waits, and pays for what was served', async () => {
    const served = { ...answer, servedTier: 'default' } as const;
    const downgraded = aWorld(() => served, openAiOnly);
    const outcome = await downgraded.run(job({ message: { model: 'gpt-5' } }), { tier: 'priority' });
    expect(tiersOf(downgraded)).toEqual([['openai', 'gpt-5', 'priority']]);
    expect(outcome).toMatchObject({
      attempts: [{ askedTier: 'priority', servedTier: 'default', costMicroUsd: 6_250 }],
    });
    const kept = aWorld(({ tier }) => ({ ...answer, servedTier: tier }), openAiOnly);
    const dear = await kept.run(job({ message: { model: 'gpt-5' } }), { tier: 'priority' });
    expect(dear).toMatchObject({ attempts: [{ servedTier: 'priority', costMicroUsd: 12_500 }] });
    expect('attempts' in dear && dear.attempts[0]).not.toHaveProperty('askedTier');
  });

  it('gives flex longer to open its stream, and the default tier no longer than ever', async () => {
    const limitsAt = async (tier: 'default' | 'flex', waitMs: number) => {
      const world = aWorld(() => new Promise(() => {}), openAiOnly);
      const running = world.run(job({ message: { model: 'gpt-5' } }), { ...canWait, tier });
      for (let ms = 0; ms < waitMs; ms += 500) await world.clock.advance(500);
      const asked = world.asked.length;
      for (let ms = 0; ms < 200_000; ms += 500) await world.clock.advance(500);
      await running;
      return asked;
    };
    expect(await limitsAt('default', 5_000)).toBe(2);
    expect(await limitsAt('flex', 29_000)).toBe(1);
    expect(await limitsAt('flex', 32_000)).toBe(2);
  });
});

describe('a job that flex has no room for', () => {
  it('goes back to its lane while it has time, unbilled, and takes no lesser model', async () => {
    const world = aWorld(fullFlex);
    const outcome = await world.run(job({ message: { model: 'gpt-5' } }), canWait);
    expect(outcome).toMatchObject({ kind: 'deferred', reason: 'flex', attempts: [{ costMicroUsd: 0 }] });
    expect(tiersOf(world)).toEqual([['openai', 'gpt-5', 'flex']]);
    expect(world.row()).toMatchObject({ status: 'queued', runsCharged: 0 });
  });

  it('is asked again at the default tier, by the same provider and model, when its deadline nears', async () => {
    const world = aWorld(fullFlex);
    const nearly = job({
      message: { model: 'gpt-5' },
      enqueuedAtMs: START_MS - 3_000_000,
      deadlineAtMs: START_MS + 900_000,
    });
    expect(await world.run(nearly, canWait)).toMatchObject({
      kind: 'ended',
      ending: { status: 'succeeded', answer: { source: 'model', modelId: 'gpt-5' } },
      attempts: [
        { code: 'capacity', askedTier: 'flex', costMicroUsd: 0 },
        { servedTier: 'default', costMicroUsd: 6_250 },
      ],
    });
    expect(tiersOf(world)).toEqual([
      ['openai', 'gpt-5', 'flex'],
      ['openai', 'gpt-5', 'default'],
    ]);
  });

  it('is asked again at the default tier, too, when flex lets it queue without a word', async () => {
    const world = aWorld(({ tier }) => (tier === 'flex' ? new Promise(() => {}) : answer), openAiOnly);
    const running = world.run(job({ message: { model: 'gpt-5' } }), canWait);
    for (let ms = 0; ms < 31_000; ms += 500) await world.clock.advance(500);
    expect(await running).toMatchObject({
      ending: { answer: { modelId: 'gpt-5' } },
      attempts: [
        { code: 'silent', askedTier: 'flex', durationMs: 30_000, unpriced: 'usage-unknown' },
        { outcome: 'answer', servedTier: 'default' },
      ],
    });
    expect(await world.ports.circuits.list()).toEqual([]);
  });

  it('is asked again at once where a person waits', async () => {
    const world = aWorld(fullFlex);
    const atOnce = { tier: 'flex', lastRungs: { when: 'at-once', defaultAnswer: 'Thank you!' } } as const;
    expect(await world.run(job(), atOnce)).toMatchObject({ kind: 'ended' });
    expect(tiersOf(world).map(([, , tier]) => tier)).toEqual(['flex', 'default']);
  });

  it('does not wait once it has called a model that may be billed: it would be called again', async () => {
    const world = aWorld((asked) =>
      asked.modelId === 'gpt-5' ? { ...failure('money'), usage } : fullFlex(asked),
    );
    await world.run(job({ message: { model: 'gpt-5' } }), canWait);
    expect(tiersOf(world)).toEqual([
      ['openai', 'gpt-5', 'flex'],
      ['openai', 'gpt-5-mini', 'flex'],
      ['openai', 'gpt-5-mini', 'default'],
    ]);
  });

  it('closes the circuit to nobody else, however long flex asks to wait', async () => {
    const full = failure('throttled', { code: 'capacity', retryAfterMs: 60_000 });
    const world = aWorld(({ tier }) => (tier === 'flex' ? full : answer));
    for (const jobId of ['a', 'b', 'c', 'd', 'e', 'f']) await world.run(job({ jobId }), canWait);
    expect(await world.ports.circuits.list()).toEqual([]);
    expect(await world.run(job(), { tier: 'default' })).toMatchObject({ kind: 'ended', skips: [] });
  });

  it('is answered at the default tier before its deadline, whenever it came and however long it is told to wait', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 150_000, max: 21_600_000 }),
        fc.integer({ min: 0, max: 7_200_000 }),
        fc.nat(180),
        async (forMs, retryAfterMs, receivesBefore) => {
          const full = failure('throttled', { code: 'capacity', retryAfterMs });
          const world = aWorld(({ tier }) => (tier === 'flex' ? full : answer), openAiOnly);
          const asked = job({ message: { model: 'gpt-5' }, deadlineAtMs: START_MS + forMs });
          const answeredAtMs = await untilEnded(world, asked, receivesBefore);
          expect(answeredAtMs).toBeLessThan(asked.deadlineAtMs);
          const keptMs = Math.max(forMs / 4, 0);
          if (forMs > 600_000)
            expect(answeredAtMs).toBeGreaterThanOrEqual(asked.deadlineAtMs - keptMs - 1_000);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** Delivers the job again whenever its delay is over, as SQS would. Gives the time of its answer. */
const untilEnded = async (
  world: ReturnType<typeof aWorld>,
  asked: Job,
  receivesBefore: number,
): Promise<number> => {
  for (let receives = receivesBefore + 1; receives <= 200; receives += 1) {
    const outcome = await world.run(asked, { ...canWait, receives, receivesLeft: 200 - receives });
    if (outcome.kind === 'ended') {
      expect(outcome).toMatchObject({ ending: { answer: { source: 'model' } } });
      return world.clock.now();
    }
    if (outcome.kind !== 'deferred') throw new Error(outcome.kind);
    expect(outcome.reason).toBe('flex');
    await world.clock.advance(outcome.delayMs);
  }
  throw new Error('the message has become a dead letter');
};

it('patience with flex ends with room for a whole run, and never falls as the deadline moves away', () => {
  const times = fc.tuple(fc.nat(40_000_000), fc.nat(40_000_000), fc.nat(200_000), fc.nat(1_000_000));
  fc.assert(
    fc.property(times, ([waitedMs, leftMs, chainMs, moreMs]) => {
      const nowMs = START_MS;
      const bounds = { nowMs, enqueuedAtMs: nowMs - waitedMs, deadlineAtMs: nowMs + leftMs, chainMs };
      const patienceMs = flexPatienceMs(bounds);
      expect(patienceMs).toBeGreaterThanOrEqual(0);
      if (patienceMs > 0) expect(leftMs - patienceMs).toBeGreaterThanOrEqual(chainMs + 3_000 - 1);
      expect(
        flexPatienceMs({ ...bounds, deadlineAtMs: bounds.deadlineAtMs + moreMs }),
      ).toBeGreaterThanOrEqual(patienceMs);
    }),
  );
});

it('what flex says of its own room is nothing against its provider, and all else is', () => {
  const of = (code: string, kind: 'throttled' | 'transient') => failure(kind, { code, retryAfterMs: 60_000 });
  const heard = { limits: { basis: { kind: 'configured' } }, wasHeard: false } as const;
  const flex = { ...heard, tier: 'flex' } as const;
  expect(healthOf(of('capacity', 'throttled'), flex)).toEqual({ kind: 'throttled', code: 'capacity' });
  expect(healthOf(of('silent', 'transient'), flex)).toEqual({ kind: 'throttled', code: 'silent' });
  for (const [reply, tier] of [
    [of('capacity', 'throttled'), 'default'],
    [of('silent', 'transient'), 'default'],
    [of('rate-limited', 'throttled'), 'flex'],
    [of('stalled', 'transient'), 'flex'],
  ] as const) {
    if (reply.kind !== 'failure') throw new Error('no failure');
    expect(healthOf(reply, { ...heard, tier })).toBe(reply.failure);
    expect(flexLack(tier, reply.failure)).toBeUndefined();
  }
  expect(healthOf(answer, flex)).toBe('answered');
});

it('a reply that was under way when a limit of ours cut it off is a sign of life, and silence is none', () => {
  const basis = {
    kind: 'learned',
    samples: 500,
    p99Ms: { firstEvent: 1, betweenEvents: 1, total: 1 },
  } as const;
  const learned = { tier: 'default', limits: { basis }, wasHeard: true } as const;
  const configured = { ...learned, limits: { basis: { kind: 'configured' } } } as const;
  const timeout = failure('transient', { code: 'timeout' });
  const own = failure('transient', { code: 'own-timeout' });
  const silent = failure('transient', { code: 'silent' });
  expect(healthOf(timeout, learned)).toBe('alive');
  expect(healthOf(timeout, configured)).toMatchObject({ code: 'timeout' });
  expect(healthOf(own, configured)).toBe('alive');
  expect(healthOf(own, { ...configured, wasHeard: false })).toMatchObject({ code: 'own-timeout' });
  expect(healthOf(silent, { ...learned, wasHeard: false })).toMatchObject({ code: 'silent' });
});
