import type { Job } from '../lib/pipeline/job/job.ts';
import type { JobMessage } from '../lib/pipeline/job/job-message.ts';
import type { OpenedMessage } from '../lib/pipeline/job/sealed-message.ts';
import type { Clock } from '../lib/pipeline/ports.ts';

/** A valid message; the differences from it are what a test is about. */
export const aMessage = (changes: Partial<JobMessage> = {}): JobMessage => ({
  tenantId: 'tenant-a',
  creatorId: 'creator-1',
  subjectRefs: ['fan_0a1b'],
  priority: 'critical',
  model: 'gpt-5-nano',
  input: { messages: [{ role: 'user', content: 'Bonjour !' }] },
  mode: 'draft',
  ...changes,
});

/** A valid job, enqueued at instant 0 with an hour to go. */
export const aJob = (
  changes: Partial<Omit<Job, 'message'>> & { message?: Partial<OpenedMessage> } = {},
): Job => ({
  jobId: 'job-1',
  lane: 'critical',
  enqueuedAtMs: 0,
  deadlineAtMs: 3_600_000,
  trace: {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    correlationId: 'correlation-1',
  },
  ...changes,
  message: { ...aMessage(), ...changes.message },
});

/** A clock that stands still until it is moved; timers fire in the order of their instants. */
export type VirtualClock = Clock & { advance(ms: number): Promise<void> };

export const virtualClock = (startMs = 0): VirtualClock => {
  let nowMs = startMs;
  let timers: { atMs: number; fire: () => void }[] = [];
  return {
    now: () => nowMs,
    timer: (ms) => {
      const controller = new AbortController();
      const timer = { atMs: nowMs + ms, fire: () => controller.abort() };
      timers.push(timer);
      return {
        signal: controller.signal,
        cancel: () => {
          timers = timers.filter((other) => other !== timer);
        },
      };
    },
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        nowMs = next.atMs;
        next.fire();
        await settled();
      }
      nowMs = untilMs;
      await settled();
    },
  };
};

/** Lets everything that is already resolved run on. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
