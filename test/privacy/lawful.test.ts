import { keptContent } from '../../lib/pipeline/dispatch/content.ts';
import { unlawfulness } from '../../lib/pipeline/dispatch/lawful.ts';
import type { JobMessage } from '../../lib/pipeline/job/job-message.ts';
import { inMemoryVault } from '../../lib/simulation/in-memory-vault.ts';
import { answer, aWorld, job } from '../pipeline/dispatch/world.ts';

/** A world in which every model would answer, and every lane gives a default answer. */
const outcomeOf = async (message: Partial<JobMessage>, consentRef: boolean) => {
  const world = aWorld(() => answer);
  world.ports.demands = { consentRef };
  const given = job({ message });
  const outcome = await world.run(given);
  return { outcome, asked: world.asked.length };
};

describe('a job whose answer a machine sends', () => {
  it('fails when the person has not been told, and asks nobody', async () => {
    const { outcome, asked } = await outcomeOf({ mode: 'auto' }, false);
    expect(outcome).toMatchObject({ kind: 'ended', ending: { status: 'failed', reason: 'not-disclosed' } });
    expect(asked).toBe(0);
  });

  it('is answered when the person has been told', async () => {
    const { outcome, asked } = await outcomeOf({ mode: 'auto', disclosed: true }, false);
    expect(outcome).toMatchObject({ kind: 'ended', ending: { status: 'succeeded' } });
    expect(asked).toBe(1);
  });
});

describe('a stage that demands the reference of a consent', () => {
  it('fails a job without one, and asks nobody', async () => {
    const { outcome, asked } = await outcomeOf({}, true);
    expect(outcome).toMatchObject({ kind: 'ended', ending: { status: 'failed', reason: 'no-consent' } });
    expect(asked).toBe(0);
  });

  it('does one that has it', async () => {
    const { outcome } = await outcomeOf({ consentRef: 'consent-17' }, true);
    expect(outcome).toMatchObject({ kind: 'ended', ending: { status: 'succeeded' } });
  });
});

it.each(['not-disclosed', 'no-consent', 'refused'] as const)(
  'what was written is kept for another run only where that may read it: %s',
  async (reason) => {
    const given = job();
    const ring = await inMemoryVault(() => 0).take(given.message, 0);
    const kept = keptContent(ring, given, { status: 'failed', reason });
    expect(kept).toEqual(reason === 'refused' ? { message: expect.any(String) } : {});
  },
);

it.each([
  [{ mode: 'draft' }, false, undefined],
  [{ mode: 'draft' }, true, 'no-consent'],
  [{ mode: 'auto' }, false, 'not-disclosed'],
  [{ mode: 'auto' }, true, 'no-consent'],
  [{ mode: 'auto', disclosed: true }, true, 'no-consent'],
  [{ mode: 'auto', consentRef: 'c' }, true, 'not-disclosed'],
  [{ mode: 'auto', disclosed: true, consentRef: 'c' }, true, undefined],
] as const)('of %o, where consent is demanded: %s, it is said: %s', (message, consentRef, reason) => {
  expect(unlawfulness(message, { consentRef })).toBe(reason);
});
