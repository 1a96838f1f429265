import type { DeadLetter } from '../../../lib/runtime/api/dead-letter.ts';
import { type RedriveOrder, redrive } from '../../../lib/runtime/api/redrive.ts';

const NOW_MS = Date.parse('2026-11-26T08:00:00Z');

const aLetter = (name: string, sentAtMs = NOW_MS - 1_000): DeadLetter => ({
  receipt: name,
  sentAtMs,
  reason: undefined,
  tenantId: name.startsWith('a') ? 'tenant-a' : 'tenant-b',
  subjects: undefined,
  message: { body: name, traceparent: '', correlationId: '' },
});

const lettersNamed = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, nth) => aLetter(`${prefix}${nth}`));

/** A lane and its dead letters, as SQS keeps them. `at` is told before every call, and may never resolve. */
const aWorld = (
  letters: readonly DeadLetter[],
  at: (call: string) => Promise<void> = async () => undefined,
) => {
  const aside = new Map(letters.map((letter) => [letter.receipt, { letter, hidden: false }]));
  const lane: string[] = [];
  const ports = {
    clock: { now: () => NOW_MS },
    lanes: {
      send: async ({ body }: { body: string }) => {
        await at(`send ${body}`);
        lane.push(body);
      },
    },
    desk: {
      receive: async () => {
        await at('receive');
        const found = [...aside.values()].filter(({ hidden }) => !hidden).slice(0, 10);
        for (const entry of found) entry.hidden = true;
        return found.map(({ letter }) => letter);
      },
      remove: async (_lane: string, { receipt }: DeadLetter) => {
        await at(`remove ${receipt}`);
        aside.delete(receipt);
      },
      putBack: async (_lane: string, found: readonly DeadLetter[]) => {
        await at('putBack');
        for (const { receipt } of found) {
          const entry = aside.get(receipt);
          if (entry !== undefined) entry.hidden = false;
        }
      },
    },
  };
  const visible = () =>
    [...aside.values()].filter(({ hidden }) => !hidden).map(({ letter }) => letter.receipt);
  return { ports, lane, aside, visible };
};

const anOrder = (changes: Partial<RedriveOrder> = {}): RedriveOrder => ({
  lane: 'low',
  isMeant: ({ tenantId }) => tenantId === 'tenant-a',
  dryRun: false,
  remainingMs: () => 29_000,
  ...changes,
});

const sorted = (names: Iterable<string>) => [...names].sort();
const mixed = [...lettersNamed('a', 13), ...lettersNamed('b', 14)];
const namesOf = (letters: readonly DeadLetter[]) => letters.map(({ receipt }) => receipt);

describe('a redrive', () => {
  it('sends back what is meant, and leaves the rest as visible as it was', async () => {
    const { ports, lane, visible } = aWorld(mixed);
    expect(await redrive(ports, anOrder())).toEqual({ matched: 13, moved: 13, left: 14, complete: true });
    expect(sorted(lane)).toEqual(sorted(namesOf(lettersNamed('a', 13))));
    expect(sorted(visible())).toEqual(sorted(namesOf(lettersNamed('b', 14))));
  });

  it('changes nothing in a dry run, with time or without', async () => {
    for (const calls of [100, 2]) {
      let left = calls;
      const { ports, lane, visible } = aWorld(mixed);
      const remainingMs = () => (left-- > 0 ? 29_000 : 9_000);
      const done = await redrive(ports, anOrder({ dryRun: true, remainingMs }));
      expect(done).toMatchObject(
        calls === 100 ? { matched: 13, moved: 0, left: 14, complete: true } : { moved: 0, complete: false },
      );
      expect(lane).toEqual([]);
      expect(sorted(visible())).toEqual(sorted(namesOf(mixed)));
    }
  });

  it('stops in time, and the next one goes on behind what was looked at', async () => {
    const { ports, lane, aside } = aWorld([...lettersNamed('b', 20), ...lettersNamed('a', 5)]);
    const looks = [29_000, 29_000, 9_999];
    const first = await redrive(ports, anOrder({ remainingMs: () => looks.shift() ?? 0 }));
    expect(first).toEqual({ matched: 0, moved: 0, left: 20, complete: false });
    expect(await redrive(ports, anOrder())).toEqual({ matched: 5, moved: 5, left: 0, complete: true });
    expect([lane.length, aside.size]).toEqual([5, 20]);
  });

  it('does not go round with what comes back while it is at it', async () => {
    const { ports, lane, aside } = aWorld([aLetter('a-old'), aLetter('a-new', NOW_MS + 1)]);
    const done = await redrive(ports, anOrder());
    expect(done).toEqual({ matched: 1, moved: 1, left: 1, complete: true });
    expect([lane, [...aside.keys()]]).toEqual([['a-old'], ['a-new']]);
  });

  it('tells what it has moved when SQS fails, and puts back what was not meant', async () => {
    const broken = new Error('SQS is down');
    const { ports, lane, visible } = aWorld(mixed, async (call) => {
      if (call === 'send a7') throw broken;
    });
    const done = await redrive(ports, anOrder());
    expect(done).toMatchObject({ matched: 10, moved: 9, failure: broken });
    expect(lane).toHaveLength(9);
    expect(visible()).toEqual([...namesOf(mixed.slice(10))]);
  });

  it('loses nothing when it dies at any of its calls', async () => {
    const calls: string[] = [];
    await redrive(aWorld(mixed, async (call) => void calls.push(call)).ports, anOrder());
    expect(calls.length).toBeGreaterThan(30);
    for (let fatal = 0; fatal < calls.length; fatal += 1) {
      let nth = 0;
      const dead = Promise.withResolvers<string>();
      const { ports, lane, aside } = aWorld(mixed, async () => {
        nth += 1;
        if (nth <= fatal) return;
        dead.resolve('dead');
        await new Promise(() => {}); // nothing that it has begun goes on
      });
      expect(await Promise.race([redrive(ports, anOrder()), dead.promise])).toBe('dead');
      expect(sorted(new Set([...lane, ...aside.keys()]))).toEqual(sorted(namesOf(mixed)));
    }
  });
});
