import type { CallLimits, CallTimes, ReachedLimit } from '../model/call-limits.ts';
import type { LimitCode, ModelReply } from '../model/model.ts';
import type { CallWatch, Clock } from '../ports.ts';

/** What came of a call: `reached` when a limit has ended it, `heardMs` (from the start) when it showed a sign of life. */
export type Watched = { reply: ModelReply; reached?: ReachedLimit; firstEventMs?: number; times: CallTimes };

const codeOf: Readonly<Record<ReachedLimit, LimitCode>> = {
  firstEvent: 'silent',
  betweenEvents: 'stalled',
  total: 'timeout',
};

/**
 * Calls a model and waits within its limits. The call is told to stop by its signal; a call that does not listen is
 * left behind, so the bounds hold either way.
 */
export const watchedCall = async (
  clock: Clock,
  limits: CallLimits,
  call: (watch: CallWatch) => Promise<ModelReply>,
): Promise<Watched> => {
  const life = signsOfLife(clock);
  const controller = new AbortController();
  const calling = call({ signal: controller.signal, heard: life.heard });
  const alarm = alarmClock(clock);
  let reached: ReachedLimit | undefined;
  const watching = nextLimit(life, limits, alarm).then((limit) => {
    reached = limit;
    controller.abort();
    return afterSomeTurns(stopped(limit));
  });
  try {
    const reply = await Promise.race([calling.then((given) => nameLimit(given, reached)), watching]);
    return { reply, ...(reached && { reached }), ...life.read() };
  } finally {
    alarm.cancel();
  }
};

type Life = ReturnType<typeof signsOfLife>;

/** When a reply's events came. */
const signsOfLife = (clock: Clock) => {
  const startedAtMs = clock.now();
  let firstAtMs: number | undefined;
  let lastAtMs = startedAtMs;
  let longestGapMs = 0;
  const heard = () => {
    const nowMs = clock.now();
    if (firstAtMs === undefined) firstAtMs = nowMs;
    else longestGapMs = Math.max(longestGapMs, nowMs - lastAtMs);
    lastAtMs = nowMs;
  };
  const read = () => {
    const totalMs = clock.now() - startedAtMs;
    const firstEventMs = firstAtMs === undefined ? undefined : firstAtMs - startedAtMs;
    const times = { firstEventMs: firstEventMs ?? totalMs, longestGapMs, totalMs };
    return firstEventMs === undefined ? { times } : { times, firstEventMs };
  };
  /** The limit that would be reached next if no event came any more. */
  const dueNext = (limits: CallLimits): { reached: ReachedLimit; inMs: number } => {
    const silence =
      firstAtMs === undefined
        ? ({ reached: 'firstEvent', atMs: startedAtMs + limits.firstEventMs } as const)
        : ({ reached: 'betweenEvents', atMs: lastAtMs + limits.betweenEventsMs } as const);
    const endAtMs = startedAtMs + limits.totalMs;
    const next = endAtMs <= silence.atMs ? ({ reached: 'total', atMs: endAtMs } as const) : silence;
    return { reached: next.reached, inMs: next.atMs - clock.now() };
  };
  return { heard, read, dueNext };
};

/** Sleeps until the next limit, and looks again: an event costs no timer, however many a reply has. */
const nextLimit = async (life: Life, limits: CallLimits, alarm: AlarmClock): Promise<ReachedLimit> => {
  for (;;) {
    const { reached, inMs } = life.dueNext(limits);
    if (inMs <= 0) return reached;
    await alarm.ring(inMs);
  }
};

type AlarmClock = ReturnType<typeof alarmClock>;

/** One timer at a time, which `cancel` calls off for good. */
const alarmClock = (clock: Clock) => {
  let cancel = () => {};
  const ring = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = clock.timer(ms);
      cancel = timer.cancel;
      timer.signal.addEventListener('abort', () => resolve());
    });
  return { ring, cancel: () => cancel() };
};

const stopped = (limit: ReachedLimit): ModelReply => ({
  kind: 'failure',
  failure: { kind: 'transient', code: codeOf[limit] },
});

/** An adapter knows that it was stopped, but not by which limit. */
const nameLimit = (reply: ModelReply, reached: ReachedLimit | undefined): ModelReply =>
  reached !== undefined && reply.kind === 'failure' && reply.failure.code === 'timeout'
    ? { ...reply, ...stopped(reached) }
    : reply;

/** A call that listens to its signal may know better why it got nowhere, and needs a few turns to say so. */
const afterSomeTurns = async (reply: ModelReply): Promise<ModelReply> => {
  for (let turn = 0; turn < 16; turn += 1) await undefined;
  return reply;
};
