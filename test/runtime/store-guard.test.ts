import type { Claim } from '../../lib/pipeline/job/claim.ts';
import type { JobStore } from '../../lib/pipeline/ports.ts';
import { DatabaseUnavailable, guarded } from '../../lib/runtime/store-guard.ts';
import { inMemoryJobStore } from '../../lib/simulation/in-memory-job-store.ts';
import { aJob, virtualClock } from '../builders.ts';

const down = new Error('the database is down');

type State = { error: Error | undefined; hangs: Promise<void> | undefined; claims: number };

/** A database over the rules that can be switched off, and a guard before it. */
const aDatabase = () => {
  const clock = virtualClock();
  const store: JobStore = { ...inMemoryJobStore(), findAnswer: async () => undefined };
  const state: State = { error: undefined, hangs: undefined, claims: 0 };
  let ids = 0;
  const claim: JobStore['claim'] = async (request) => {
    state.claims += 1;
    await state.hangs;
    if (state.error !== undefined) throw state.error;
    return store.claim(request);
  };
  const guard = guarded({ ...store, claim }, clock);
  const ask = () => {
    const job = aJob({ jobId: `job-${ids++}` });
    return guard.claim({ job, claimId: 'a', nowMs: clock.now(), leaseUntilMs: 10 });
  };
  const fail = async (times: number) => {
    state.error = down;
    for (let time = 0; time < times; time += 1) await expect(ask()).rejects.toBe(down);
  };
  return { clock, state, guard, ask, fail };
};

const won: Claim = { kind: 'won', runsBefore: 0 };

describe('the guard of the database', () => {
  it('holds claims back for 30 s after five that failed in a row, and says for how long', async () => {
    const { clock, state, ask, fail } = aDatabase();
    await fail(5);
    await clock.advance(10_000);
    const error = await ask().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatabaseUnavailable);
    expect(error).toMatchObject({ name: 'DatabaseUnavailable', retryInMs: 20_000 });
    expect(state.claims).toBe(5);
  });

  it('lets one claim through after them, and all when it succeeds', async () => {
    const { clock, state, ask, fail } = aDatabase();
    await fail(5);
    await clock.advance(30_000);
    state.error = undefined;
    const asked = await Promise.allSettled([ask(), ask(), ask()]);
    expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(await ask()).toEqual(won);
  });

  it('tries once in 30 s while the database stays down', async () => {
    const { clock, state, ask, fail } = aDatabase();
    await fail(5);
    for (let second = 0; second < 120; second += 1) {
      await clock.advance(1_000);
      await ask().catch(() => undefined);
    }
    expect(state.claims).toBe(5 + 4);
  });

  it('counts failures in a row only', async () => {
    const { state, ask, fail } = aDatabase();
    await fail(4);
    state.error = undefined;
    expect(await ask()).toEqual(won);
    await fail(4);
    state.error = undefined;
    expect(await ask()).toEqual(won);
  });

  it('does not wait longer for a claim that was on its way when the others failed', async () => {
    const { clock, state, ask, fail } = aDatabase();
    const { promise, resolve } = Promise.withResolvers<void>();
    await fail(4);
    state.hangs = promise;
    const late = ask();
    state.hangs = undefined;
    await fail(1);
    await clock.advance(10_000);
    resolve();
    await expect(late).rejects.toBe(down);
    await clock.advance(20_000);
    state.error = undefined;
    expect(await ask()).toEqual(won);
  });

  it('takes an objection to one row for an answer', async () => {
    const { state, ask } = aDatabase();
    state.error = Object.assign(new Error('Item size has exceeded'), { name: 'ValidationException' });
    for (let time = 0; time < 10; time += 1) await expect(ask()).rejects.toBe(state.error);
    expect(state.claims).toBe(10);
  });

  it('never holds back a result, which is paid for', async () => {
    const { guard, ask, fail, state } = aDatabase();
    await ask();
    await fail(5);
    await expect(ask()).rejects.toThrow(DatabaseUnavailable);
    const job = aJob({ jobId: 'job-0' });
    expect(await guard.check(job, 'a')).toBe('mine');
    const trail = { attempts: [], skips: [] };
    const ending = { status: 'expired', reason: 'deadline-passed' } as const;
    expect(await guard.finish(job, 'a', { ...trail, ending, endedAtMs: 1, kept: {} }, 5_000)).toBe('written');
    expect(state.claims).toBe(6);
  });
});
