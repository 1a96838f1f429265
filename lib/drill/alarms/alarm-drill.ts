import type { AlarmTimes, Drill, DrillContext, Finding } from '../drill.ts';
import type { SeenChange } from '../rig/alarm-watch.ts';
import type { Rig, RigOptions } from '../rig/rig.ts';

/** A condition that drives the real system until alarms fire, and what ends it. */
export type AlarmDrill = {
  name: string;
  /** What is made to happen, as a sentence. */
  condition: string;
  /** Names without the stage's prefix. */
  alarms: readonly string[];
  rig: RigOptions & { alarmTimeScale: number };
  /** Brings about what must be so before all alarms can be OK. */
  prepare?(rig: Rig): Promise<void>;
  /** Brings the condition about, and keeps it up until the signal aborts. */
  begin(rig: Rig, during: AbortSignal): Promise<void>;
  /** Ends the condition, as an operator would. */
  end(rig: Rig): Promise<void>;
  /** What goes on when the condition has ended, until the signal aborts. */
  after?(rig: Rig, during: AbortSignal): Promise<void>;
};

const PREFIX = 'relay-local-';

/** Beyond this an alarm has not fired, or not ended, in ms. */
const REACHED_WITHIN_MS = 75_000;

export const toDrill = (drill: AlarmDrill): Drill => ({
  name: `alarm-${drill.name}`,
  fault: drill.condition,
  pace: 'waiting',
  run: (context) => carryOut(drill, context),
});

const carryOut = async (drill: AlarmDrill, context: DrillContext): Promise<readonly Finding[]> => {
  const rig = await context.startRig(drill.rig);
  const reach = (state: 'ALARM' | 'OK') => () =>
    Promise.all(drill.alarms.map((name) => rig.alarms.reaches(PREFIX + name, state, REACHED_WITHIN_MS)));
  await drill.prepare?.(rig);
  const before = await reach('OK')();
  const begunAtMs = performance.now();
  const fired = await meanwhile(context, (signal) => drill.begin(rig, signal), reach('ALARM'));
  await drill.end(rig);
  const endedAtMs = performance.now();
  const over = await meanwhile(context, async (signal) => drill.after?.(rig, signal), reach('OK'));
  const secondsFrom = (atMs: number, seen: SeenChange | undefined) =>
    seen && Math.max(0, ((seen.seenAtMs - atMs) / 1_000) * drill.rig.alarmTimeScale);
  return drill.alarms.map((name, index) =>
    findingOf({
      name,
      description: before[index]?.change.alarm.description ?? '',
      secondsToAlarm: secondsFrom(begunAtMs, fired[index]),
      secondsToOk: secondsFrom(endedAtMs, fired[index] && over[index]),
    }),
  );
};

/** Does something until something else has come true. What breaks in it breaks the drill. */
const meanwhile = async <Result>(
  { signal }: DrillContext,
  something: (signal: AbortSignal) => Promise<void>,
  comesTrue: () => Promise<Result>,
): Promise<Result> => {
  const stop = new AbortController();
  const doing = something(AbortSignal.any([signal, stop.signal]));
  const ended = comesTrue().finally(() => stop.abort());
  const [result] = await Promise.all([ended, doing]);
  return result;
};

const findingOf = (alarm: AlarmTimes): Finding => {
  const { name, secondsToAlarm, secondsToOk } = alarm;
  const told = (state: string, seconds: number | undefined) =>
    seconds === undefined ? `never ${state}` : `${state} after ${Math.round(seconds)} s`;
  return {
    expected: `${name}: OK, then ALARM, then OK`,
    found: `${told('ALARM', secondsToAlarm)}, ${told('OK', secondsToOk)}`,
    holds: secondsToAlarm !== undefined && secondsToOk !== undefined,
    alarm,
  };
};
