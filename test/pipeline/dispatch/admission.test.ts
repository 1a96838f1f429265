import { settled } from '../../builders.ts';
import { answer, aWorld, job, START_MS } from './world.ts';

const DEADLINE_MS = 6_000;

/** A job with little time, whose leave to call is held up by something that takes longer. */
const heldUp = async (world: ReturnType<typeof aWorld>) => {
  const running = world.run(job({ deadlineAtMs: START_MS + DEADLINE_MS }));
  await settled();
  for (let second = 0; second < 60; second += 1) await world.clock.advance(1_000);
  return running;
};

describe('leave to make a call', () => {
  it('is waited for until the rung is over and no longer, whatever holds it up', async () => {
    const world = aWorld(() => answer);
    world.ports.models.prepare = () =>
      new Promise((resolve) => {
        world.clock.timer(30_000).signal.addEventListener('abort', () => resolve());
      });
    expect(await heldUp(world)).toMatchObject({
      ending: { status: 'succeeded', answer: { source: 'default' } },
      skips: expect.arrayContaining([expect.objectContaining({ rung: 'gpt-5-nano', reason: 'no-time' })]),
    });
    expect(world.row()?.endedAtMs).toBeLessThanOrEqual(START_MS + DEADLINE_MS + 250);
    expect(world.asked).toEqual([]);
  });

  it('that comes too late gives back what was taken for it', async () => {
    const given = { returned: 0 };
    const world = aWorld(() => answer);
    world.ports.quotas.reserve = () =>
      new Promise((resolve) => {
        const reservation = {
          kind: 'granted',
          settle: () => undefined,
          cancel: () => {
            given.returned += 1;
          },
        } as const;
        world.clock.timer(20_000).signal.addEventListener('abort', () => resolve(reservation));
      });
    await heldUp(world);
    expect(world.asked).toEqual([]);
    expect(given.returned).toBeGreaterThan(0);
  });

  it('that fails too late fails nothing: the job has gone on without the call', async () => {
    const world = aWorld(() => answer);
    world.ports.models.prepare = () =>
      new Promise((_resolve, reject) => {
        world.clock.timer(20_000).signal.addEventListener('abort', () => reject(new Error('a bug')));
      });
    expect(await heldUp(world)).toMatchObject({ kind: 'ended', ending: { status: 'succeeded' } });
    expect(world.asked).toEqual([]);
  });
});

it('a job is let go when an error of ours comes after its claim: nobody waits for its lease', async () => {
  const world = aWorld(() => answer);
  world.ports.latencies.limitsFor = () => Promise.reject(new Error('a bug'));
  await expect(world.run(job())).rejects.toThrow('a bug');
  world.ports.latencies.limitsFor = async (_key, configured) => configured;
  expect(await world.run(job())).toMatchObject({ kind: 'ended', ending: { status: 'succeeded' } });
});
