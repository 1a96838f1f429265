import fc from 'fast-check';
import { createLimiter } from '../../lib/runtime/limiter.ts';
import { settled } from '../builders.ts';

/** Runs tasks through a limiter and writes down who began, who ended and how many ran at the worst moment. */
const watched = (limit: number) => {
  const run = createLimiter(limit);
  const began: number[] = [];
  let running = 0;
  let most = 0;
  const task = (name: number, work: () => Promise<unknown>) =>
    run(async () => {
      began.push(name);
      running += 1;
      most = Math.max(most, running);
      try {
        await work();
      } finally {
        running -= 1;
      }
      return name;
    });
  return { task, began, most: () => most };
};

const failing = () => Promise.reject(new Error('a task of the test'));

it('runs as many tasks as it may at a time, and the next when one is done', async () => {
  const { task, began } = watched(2);
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const done = Promise.all(gates.map(({ promise }, name) => task(name, () => promise)));
  await settled();
  expect(began).toEqual([0, 1]);
  gates[1]?.resolve();
  await settled();
  expect(began).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  expect(await done).toEqual([0, 1, 2]);
});

it('never runs more than it may, in the order asked, whichever tasks fail and whenever they end', async () => {
  const fates = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 5 }),
      fates,
      async (scheduler, limit, given) => {
        const { task, began, most } = watched(limit);
        const results = given.map((fails, name) =>
          task(name, () => scheduler.schedule(fails ? failing() : Promise.resolve())),
        );
        const ended = await scheduler.waitFor(Promise.allSettled(results));
        expect(ended.map(({ status }) => status === 'rejected')).toEqual(given);
        expect(began).toEqual(given.map((_, name) => name));
        expect(most()).toBeLessThanOrEqual(limit);
      },
    ),
  );
});

it.each([
  ['rejects', failing],
  [
    'throws before it returns a promise',
    () => {
      throw new Error('a task of the test');
    },
  ],
])('frees the place of a task that %s', async (_how, work) => {
  const run = createLimiter(1);
  await expect(run(work)).rejects.toThrow('a task of the test');
  expect(await run(async () => 'next')).toBe('next');
});

it.each([0, 1, 2, 3, 4, 5, 6])(
  'hands a place to whoever waits, not to who asks %i turns after it was freed',
  async (turns) => {
    const { task, began, most } = watched(1);
    const gate = Promise.withResolvers<void>();
    const first = task(1, () => gate.promise);
    const second = task(2, settled);
    gate.resolve();
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    const third = task(3, settled);
    await Promise.all([first, second, third]);
    expect(began).toEqual([1, 2, 3]);
    expect(most()).toBe(1);
  },
);
