import fc from 'fast-check';
import { watchedCall } from '../../../lib/pipeline/dispatch/watched-call.ts';
import type { CallLimits } from '../../../lib/pipeline/model/call-limits.ts';
import type { ModelReply } from '../../../lib/pipeline/model/model.ts';
import type { CallWatch } from '../../../lib/pipeline/ports.ts';
import { settled, virtualClock } from '../../builders.ts';
import { answer, failure, silent } from './world.ts';

const limits: CallLimits = {
  firstEventMs: 3_000,
  betweenEventsMs: 5_000,
  totalMs: 30_000,
  basis: { kind: 'configured' },
};

const codeOf = (reply: ModelReply) => (reply.kind === 'failure' ? reply.failure.code : reply.kind);

/** A call whose events come at given instants, and which answers at the last of them, if it may. */
const speaking = (clock: ReturnType<typeof virtualClock>, eventsAtMs: readonly number[], answers = true) => {
  let stoppedAtMs: number | undefined;
  const call = (watch: CallWatch) =>
    new Promise<ModelReply>((resolve) => {
      watch.signal.addEventListener('abort', () => {
        stoppedAtMs = clock.now();
      });
      for (const [index, atMs] of eventsAtMs.entries()) {
        clock.timer(atMs).signal.addEventListener('abort', () => {
          watch.heard();
          if (answers && index === eventsAtMs.length - 1) resolve(answer);
        });
      }
    });
  return { call, stoppedAtMs: () => stoppedAtMs };
};

const watch = async (eventsAtMs: readonly number[], answers = true) => {
  const clock = virtualClock();
  const { call, stoppedAtMs } = speaking(clock, eventsAtMs, answers);
  const watching = watchedCall(clock, limits, call);
  await settled();
  await clock.advance(60_000);
  return { ...(await watching), stoppedAtMs: stoppedAtMs() };
};

describe('a call that is watched', () => {
  it('brings its answer and the times that it took', async () => {
    const { reply, reached, times, firstEventMs } = await watch([400, 1_000, 4_500]);
    expect(reply).toEqual(answer);
    expect(reached).toBeUndefined();
    expect(times).toEqual({ firstEventMs: 400, longestGapMs: 3_500, totalMs: 4_500 });
    expect(firstEventMs).toBe(400);
  });

  it.each([
    ['says nothing', [], 'silent', 'firstEvent', 3_000],
    ['stalls after its first event', [200], 'stalled', 'betweenEvents', 5_200],
    ['stalls after some more', [200, 1_000, 2_500], 'stalled', 'betweenEvents', 7_500],
    [
      'goes on for ever',
      Array.from({ length: 40 }, (_, index) => 1_000 * (index + 1)),
      'timeout',
      'total',
      30_000,
    ],
  ] as const)('and %s is stopped', async (_what, eventsAtMs, code, expected, atMs) => {
    const { reply, reached, stoppedAtMs } = await watch(eventsAtMs, false);
    expect(codeOf(reply)).toBe(code);
    expect(reached).toBe(expected);
    expect(stoppedAtMs).toBe(atMs);
  });

  it('may say itself, on being stopped, why it got nowhere', async () => {
    const clock = virtualClock();
    const watching = watchedCall(clock, limits, async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return failure('throttled', { code: 'key-unavailable' });
    });
    await settled();
    await clock.advance(3_000);
    expect(codeOf((await watching).reply)).toBe('key-unavailable');
  });

  it('keeps the usage that a stopped call knows of', async () => {
    const clock = virtualClock();
    const usage = {
      inputTokens: 10,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
    };
    const watching = watchedCall(clock, limits, async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { ...failure('transient', { code: 'timeout' }), usage };
    });
    await settled();
    await clock.advance(3_000);
    expect((await watching).reply).toMatchObject({ failure: { code: 'silent' }, usage });
  });

  it('leaves nothing running that would stop it later', async () => {
    const clock = virtualClock();
    const { call, stoppedAtMs } = speaking(clock, [100]);
    const watching = watchedCall(clock, limits, call);
    await settled();
    await clock.advance(100);
    await watching;
    await clock.advance(60_000);
    expect(stoppedAtMs()).toBeUndefined();
  });

  it('never lasts longer than its limits allow, whatever it does', async () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.boolean(), async (given, answers) => {
        let atMs = 0;
        const eventsAtMs = given.map((gapMs) => {
          atMs += gapMs;
          return atMs;
        });
        const { times, reply } = await watch(eventsAtMs, answers);
        const [firstMs = Infinity, ...later] = given;
        const isInTime =
          firstMs < limits.firstEventMs &&
          later.every((gapMs) => gapMs < limits.betweenEventsMs) &&
          atMs < limits.totalMs;
        if (answers && isInTime) expect(reply).toEqual(answer);
        if (!answers || firstMs > limits.firstEventMs) expect(reply.kind).toBe('failure');
        expect(times.totalMs).toBeLessThanOrEqual(60_000);
      }),
      { numRuns: 200 },
    );
  });
});

it('a call that nobody can stop is left behind', async () => {
  const clock = virtualClock();
  const watching = watchedCall(clock, limits, silent);
  await settled();
  await clock.advance(3_000);
  expect(codeOf((await watching).reply)).toBe('silent');
});
