import { keptContent } from '../../lib/pipeline/dispatch/content.ts';
import { type Demands, unlawfulness } from '../../lib/pipeline/dispatch/lawful.ts';
import type { JobMessage } from '../../lib/pipeline/job/job-message.ts';
import { inMemoryVault } from '../../lib/simulation/in-memory-vault.ts';
import { answer, aWorld, job } from '../pipeline/dispatch/world.ts';

const NOTHING = { consentRef: false, disclosed: false };

/** A world in which every model would answer, and every lane gives a default answer. */
const outcomeOf = async (message: Partial<JobMessage>, demanded: Partial<Demands>) => {
  const world = aWorld(() => answer);
  world.ports.demands = { ...NOTHING, ...demanded };
  const given = job({ message });
  const outcome = await world.run(given);
  return { outcome, asked: world.asked.length };
};

describe('a stage that demands that persons are told when a machine writes to them', () => {
  it('fails a job in mode auto that does not say so, and asks nobody', async () => {
    const { outcome, asked } = await outcomeOf({ mode: 'auto' }, { disclosed: true });
    expect(outcome).toMatchObject({ kind: 'ended', ending: { status: 'failed', reason: 'not-disclosed' } });
    expect(asked).toBe(0);
  });

  it('does one that says so', async () => {
    const { outcome, asked } = await outcomeOf({ mode: 'auto', disclosed: true }, { disclosed: true });
    expect(outcome).toMatchObject({ kind: 'ended', ending: { status: 'succeeded' } });
    expect(asked).toBe(1);
  });
});

describe('a stage that demands the reference of a consent', () => {
  it('fails a job without one, and asks nobody', async () => {
    const { outcome, asked } = await outcomeOf({}, { consentRef: true });
    expect(outcome).toMatchObject({ kind: 'ended', ending: { status: 'failed', reason: 'no-consent' } });
    expect(asked).toBe(0);
  });

  it('does one that has it', async () => {
    const { outcome } = await outcomeOf({ consentRef: 'consent-17' }, { consentRef: true });
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
  [{ mode: 'auto' }, {}, undefined],
  [{ mode: 'draft' }, { disclosed: true }, undefined],
  [{ mode: 'auto' }, { disclosed: true }, 'not-disclosed'],
  [{ mode: 'auto', disclosed: true }, { disclosed: true }, undefined],
  [{ mode: 'draft' }, { consentRef: true }, 'no-consent'],
  [{ mode: 'draft', consentRef: 'c' }, { consentRef: true }, undefined],
  [{ mode: 'auto' }, { consentRef: true, disclosed: true }, 'no-consent'],
  [{ mode: 'auto', consentRef: 'c' }, { consentRef: true, disclosed: true }, 'not-disclosed'],
  [{ mode: 'auto', disclosed: true, consentRef: 'c' }, { consentRef: true, disclosed: true }, undefined],
] as const)('of %o, where %o is demanded, it is said: %s', (message, demanded, reason) => {
  expect(unlawfulness(message, { ...NOTHING, ...demanded })).toBe(reason);
});
