import { planOf } from '../../lib/pipeline/privacy/request-plan.ts';
import { type Protocol, searchErasure } from '../../lib/simulation/erasure-search.ts';

const plan = planOf('erasure');
const protocol: Protocol = { plan, looks: true, settles: true };
const secondLook = plan.filter((step) => step.kind === 'sweep' && step.pass === 2);
const without = (...left: readonly unknown[]) => plan.filter((step) => !left.includes(step));

it('leaves nothing of a person, however an erasure and workers get in each other’s way', () => {
  const { interleavings, states, failing } = searchErasure(protocol);
  expect(failing).toBe(0);
  expect(states).toBeGreaterThan(10_000);
  expect(interleavings).toBeGreaterThan(1_000_000_000n);
});

it('would do without a second look, as long as somebody verifies', () => {
  expect(searchErasure({ ...protocol, plan: without(...secondLook) }).failing).toBe(0);
});

const bugs: Record<string, Partial<Protocol>> = {
  'no second look, and nobody who verifies': {
    plan: without(...secondLook).filter(({ kind }) => kind !== 'verify'),
  },
  'no fence': { looks: false },
  'a second look that does not wait': { settles: false },
};

it.each(Object.entries(bugs))('would be seen to leave something with %s', (_bug, change) => {
  expect(searchErasure({ ...protocol, ...change }).failing).toBeGreaterThan(0);
});
