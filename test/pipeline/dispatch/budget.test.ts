import type { BudgetRules } from '../../../lib/pipeline/money/budget.ts';
import {
  budgetStateSchema,
  leasedMicroUsd,
  recordedMicroUsd,
} from '../../../lib/pipeline/money/budget-record.ts';
import { type Asked, answer, aWorld, failure, job, START_MS } from './world.ts';

const rulesOf = (budgetMicroUsd: number): BudgetRules => ({
  criticalShare: 0,
  tenants: { 'tenant-a': budgetMicroUsd },
});

/** 500 tokens at gpt-5's price, and then at gpt-5-mini's: 5,000 and 1,000 micro-dollars; at claude's 2,500. */
const gpt5 = { message: { model: 'gpt-5' } } as const;

const modelsOf = ({ asked }: { asked: readonly Asked[] }) => asked.map(({ modelId }) => modelId);

describe('a job whose tenant has no money left', () => {
  it('ends so, unbilled and without a default answer', async () => {
    const world = aWorld(() => answer, { budgets: rulesOf(10) });
    expect(await world.run(job(gpt5))).toMatchObject({
      kind: 'ended',
      ending: { status: 'failed', reason: 'budget-exhausted' },
      attempts: [],
    });
    expect(world.asked).toEqual([]);
  });

  it('ends so in a lane that would wait for a model, too', async () => {
    const world = aWorld(() => answer, { budgets: rulesOf(10) });
    const lastRungs = { when: 'at-deadline', defaultAnswer: 'Thank you!' } as const;
    expect(await world.run(job({ ...gpt5, lane: 'low' }), { lastRungs })).toMatchObject({
      ending: { reason: 'budget-exhausted' },
    });
  });

  it('starts no user and takes no quota', async () => {
    const userStarts = { start: jest.fn() };
    const quota = {
      provider: 'openai',
      modelId: 'gpt-5',
      requestsPerMinute: 60,
      tokensPerMinute: 60_000,
    } as const;
    const world = aWorld(() => answer, { budgets: rulesOf(10), userStarts, quotas: [quota] });
    await world.run(job(gpt5));
    expect(userStarts.start).not.toHaveBeenCalled();
    expect(await world.fleet.list('quota')).toEqual([]);
  });
});

describe('a job whose tenant has a little money left', () => {
  it('is answered by a model that costs less', async () => {
    const world = aWorld(() => answer, { budgets: rulesOf(2_000) });
    expect(await world.run(job(gpt5))).toMatchObject({
      ending: { status: 'succeeded', answer: { model: 'gpt-5-mini' } },
      skips: [{ rung: 'gpt-5', provider: 'openai', reason: 'budget-exhausted' }],
    });
  });

  it('ends as if no model had answered when its call was billed and the next one cannot be paid', async () => {
    const usage = {
      inputTokens: 1_000,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 500,
      reasoningTokens: 0,
    };
    const billed = { ...failure('money'), usage, servedTier: 'default' as const };
    const lastRungs = { when: 'at-deadline', defaultAnswer: 'Thank you!' } as const;
    const world = aWorld(() => billed, { budgets: rulesOf(5_100) });
    expect(await world.run(job({ ...gpt5, lane: 'low' }), { lastRungs })).toMatchObject({
      ending: { status: 'succeeded', answer: { source: 'default' } },
      attempts: [{ model: 'gpt-5' }],
    });
    expect(modelsOf(world)).toEqual(['gpt-5']);
  });

  it('ends so when its call was not billed and the next one cannot be paid', async () => {
    const world = aWorld(() => ({ ...failure('misconfigured'), unbilled: true }), {
      budgets: rulesOf(300),
    });
    expect(await world.run(job({ message: { model: 'gpt-5-nano' } }))).toMatchObject({
      ending: { status: 'succeeded', answer: { source: 'default' } },
      attempts: [{ model: 'gpt-5-nano' }, { model: 'claude' }],
    });
    const poor = aWorld(() => ({ ...failure('misconfigured'), unbilled: true }), { budgets: rulesOf(230) });
    expect(await poor.run(job({ message: { model: 'gpt-5-nano' } }))).toMatchObject({
      ending: { status: 'failed', reason: 'budget-exhausted' },
      attempts: [{ model: 'gpt-5-nano' }],
    });
  });

  it('pays for what its call cost and not for what was estimated', async () => {
    const world = aWorld(() => answer, { budgets: rulesOf(100_000) });
    await world.run(job(gpt5));
    const [record] = await world.fleet.list('budget#tenant-a');
    expect(record?.name).toBe(new Date(START_MS).toISOString().slice(0, 10));
    expect(recordedMicroUsd(budgetStateSchema.parse(record?.value))).toBe(
      world.row()?.attempts[0]?.costMicroUsd,
    );
  });

  it('keeps its money when the call is not made', async () => {
    const userStarts = { start: async () => ({ kind: 'full', freeAtMs: START_MS + 5_000 }) as const };
    const world = aWorld(() => answer, { budgets: rulesOf(100_000), userStarts });
    expect(await world.run(job(gpt5))).toMatchObject({ kind: 'deferred', reason: 'user-limit' });
    const [record] = await world.fleet.list('budget#tenant-a');
    const state = budgetStateSchema.parse(record?.value);
    expect([recordedMicroUsd(state), leasedMicroUsd(state)]).toEqual([0, 0]);
  });

  it.each(['prepare', 'permit'] as const)(
    'keeps its money when what the call needs fails unforeseen: %s',
    async (what) => {
      const world = aWorld(() => answer, { budgets: rulesOf(100_000) });
      const broken = async () => Promise.reject(new Error('the store of keys is down'));
      if (what === 'prepare') world.ports.models.prepare = broken;
      else world.ports.circuits.permit = broken;
      await expect(world.run(job(gpt5))).rejects.toThrow('the store of keys is down');
      const [record] = await world.fleet.list('budget#tenant-a');
      const state = budgetStateSchema.parse(record?.value);
      expect([recordedMicroUsd(state), leasedMicroUsd(state)]).toEqual([0, 0]);
    },
  );
});
