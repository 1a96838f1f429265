import type { Alert } from '../../../lib/pipeline/alerts/alert.ts';
import { createAlertWorld } from '../../../lib/simulation/alert-world.ts';
import { anAlert, quickPolicy } from './timeline.ts';

const lanes = ['critical', 'high', 'medium', 'low'] as const;

/** A critical alert, a group that grows, and its end, later than a message of a dead worker comes back. */
const alerts: readonly Alert[] = [
  anAlert({ name: 'provider-down', severity: 'critical', labels: { provider: 'openai' }, atMs: 1_000 }),
  ...lanes.map((lane, index) =>
    anAlert({ name: 'delivery-errors', labels: { lane }, atMs: 1_500 + index * 4_000 }),
  ),
  ...lanes.map((lane) =>
    anAlert({ name: 'delivery-errors', labels: { lane }, state: 'resolved', atMs: 400_000 }),
  ),
];

/** The run in which every effect counts two moments, before it and after it, and the worker dies at the `killAt`th. */
const run = async (killAt: number) => {
  let moments = 0;
  let dead = false;
  const moment = (): void => {
    moments += 1;
    dead ||= moments === killAt;
    if (dead) throw new Error('killed');
  };
  const world = createAlertWorld({
    policy: quickPolicy,
    begins: () => {
      dead = false;
    },
    effect: async (make) => {
      moment();
      const result = await make();
      moment();
      return result;
    },
  });
  for (const alert of alerts) world.push(alert.atMs, alert);
  await world.runUntil(700_000);
  return { notices: world.notices, moments };
};

/** What a person knows in the end, each notice read once. */
const toldBy = ({ notices }: Awaited<ReturnType<typeof run>>) => {
  const distinct = [...new Map(notices.map(({ notice }) => [notice.id, notice])).values()];
  const grown = distinct.filter(({ name }) => name === 'delivery-errors');
  const sumOf = (count: 'resolved' | 'received') =>
    distinct.reduce((sum, { counts }) => sum + counts[count], 0);
  return {
    firing: [
      ...new Set(distinct.flatMap(({ members }) => members.map((labels) => JSON.stringify(labels)))),
    ].sort(),
    resolved: sumOf('resolved'),
    received: sumOf('received'),
    last: { reason: grown.at(-1)?.reason, firing: grown.at(-1)?.counts.firing },
    twice: notices.length - distinct.length,
  };
};

it('the aggregator killed at any moment, before or after any effect, loses no alert', async () => {
  const whole = await run(Number.POSITIVE_INFINITY);
  const told = toldBy(whole);
  expect(told).toMatchObject({ resolved: 4, received: alerts.length, twice: 0 });
  expect(told).toMatchObject({ last: { reason: 'resolved', firing: 0 } });
  expect(told.firing).toHaveLength(5);
  expect(whole.moments).toBeGreaterThan(100);
  for (let killAt = 1; killAt <= whole.moments; killAt += 1) {
    const { twice, ...struck } = toldBy(await run(killAt));
    const { twice: _, ...unharmed } = told;
    expect({ killAt, ...struck }).toEqual({ killAt, ...unharmed });
    // a death may tell a notice twice, no more
    expect(twice).toBeLessThanOrEqual(1);
  }
});
