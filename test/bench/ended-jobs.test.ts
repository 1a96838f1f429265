import { createEndedJobs } from '../../lib/bench/ended-jobs.ts';
import { settled } from '../builders.ts';

const STALL_MS = 1_000;
const ended = '{"level":"INFO","message":"job ended","lane":"low"}';
const never = new AbortController().signal;

describe('following jobs to their end', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate'] }));
  afterEach(() => jest.useRealTimers());

  test('notes when each ended, and takes no other line for an ending', () => {
    let nowMs = 0;
    const jobs = createEndedJobs(() => ++nowMs);
    for (const line of [ended, '{"message":"job deferred"}', '{"_aws":{}}', 'not JSON', ended])
      jobs.onLine(line);
    expect(jobs.atMs).toEqual([1, 2]);
  });

  test('reaches a count with the ending that makes it full, and not before', async () => {
    const jobs = createEndedJobs(() => 0);
    let reached = false;
    const waiting = jobs.reach(2, STALL_MS, never).then(() => {
      reached = true;
    });
    jobs.onLine(ended);
    await settled();
    expect(reached).toBe(false);
    jobs.onLine(ended);
    await waiting;
    expect(jest.getTimerCount()).toBe(0);
  });

  test('reaches a count at once that is full already', async () => {
    const jobs = createEndedJobs(() => 0);
    jobs.onLine(ended);
    await expect(jobs.reach(1, STALL_MS, never)).resolves.toBeUndefined();
  });

  test('gives up when no job ends any more, counting from the last that did', async () => {
    const jobs = createEndedJobs(() => 0);
    const outcome = jobs.reach(2, STALL_MS, never).catch((error: unknown) => error);
    jest.advanceTimersByTime(STALL_MS - 1);
    jobs.onLine(ended);
    jest.advanceTimersByTime(STALL_MS - 1);
    await settled();
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(1);
    expect(await outcome).toEqual(new Error('no job ended for 1 s: 1 of 2 have ended'));
  });

  test('stops when it is told to, before and while it waits', async () => {
    const jobs = createEndedJobs(() => 0);
    const stop = new AbortController();
    const waiting = jobs.reach(1, STALL_MS, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    await expect(jobs.reach(1, STALL_MS, stop.signal)).rejects.toThrow('stopped');
    expect(jest.getTimerCount()).toBe(0);
  });
});
