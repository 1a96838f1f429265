import { minorRiskAlert } from '../../lib/pipeline/alerts/minor-risk-alert.ts';
import { keptContent } from '../../lib/pipeline/dispatch/content.ts';
import type { ModelAnswer } from '../../lib/pipeline/job/job.ts';
import { inMemoryVault } from '../../lib/simulation/in-memory-vault.ts';
import { answer, aWorld, job } from '../pipeline/dispatch/world.ts';

/** Stands for what was written. */
const CANARY = 'canary of a message';

const marked = job({
  message: {
    contentRating: 'minor-risk',
    input: { messages: [{ role: 'user', content: CANARY }] },
    options: { defaultAnswer: CANARY },
  },
});

/** A world with an answer in its cache, in which every model would answer. */
const openWorld = (onMinorRisk: () => Promise<void> = async () => {}) => {
  const cached: ModelAnswer = {
    ...{ source: 'model', text: CANARY, aiGenerated: true, model: 'claude', provider: 'anthropic' },
    ...{ modelId: 'm', generatedAtMs: 0 },
  };
  const world = aWorld(() => answer, { cached });
  let told = 0;
  world.ports.onMinorRisk = async () => {
    await onMinorRisk();
    told += 1;
  };
  return { ...world, told: () => told };
};

describe('content that may concern a minor', () => {
  it.each(['at-once', 'at-deadline'] as const)(
    'stops its job: in lanes that answer %s, too',
    async (when) => {
      const world = openWorld();
      const outcome = await world.run(marked, { lastRungs: { when, defaultAnswer: 'Thank you!' } });
      expect(outcome).toMatchObject({
        kind: 'ended',
        ending: { status: 'failed', reason: 'minor-risk' },
        attempts: [],
      });
      expect(world.asked).toEqual([]);
      expect(world.told()).toBe(1);
      expect(await world.run(marked)).toMatchObject({ kind: 'duplicate' });
      expect(world.told()).toBe(1);
    },
  );

  it('stops it also when its deadline has passed', async () => {
    const world = openWorld();
    const late = { ...marked, deadlineAtMs: 0 };
    expect(await world.run(late)).toMatchObject({ ending: { reason: 'minor-risk' } });
  });

  it('is told of by the next delivery when nobody could be told by this one, and asks nobody meanwhile', async () => {
    const down = new Error('down');
    let isDown = true;
    const world = openWorld(async () => {
      if (isDown) throw down;
    });
    await expect(world.run(marked)).rejects.toBe(down);
    isDown = false;
    expect(await world.run(marked)).toMatchObject({ kind: 'ended', ending: { reason: 'minor-risk' } });
    expect(world.told()).toBe(1);
    expect(world.asked).toEqual([]);
  });

  it('is not kept for a retry, as that of other failed jobs is', async () => {
    const ring = await inMemoryVault(() => 0).take(marked.message, 0);
    const failed = (reason: 'minor-risk' | 'refused') =>
      keptContent(ring, marked, { status: 'failed', reason });
    expect(failed('minor-risk')).toEqual({});
    expect(failed('refused')).toEqual({ message: expect.any(String) });
  });

  it('is in no alert, nor is whose it is', () => {
    expect(minorRiskAlert(1)).toEqual({
      name: 'minor-risk',
      severity: 'critical',
      state: 'firing',
      labels: {},
      atMs: 1,
      endsAtMs: 604_800_001,
    });
  });
});
