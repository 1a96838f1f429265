import {
  advance,
  begun,
  type Outcome,
  type Progress,
  type Step,
  stepOf,
} from '../pipeline/privacy/request-plan.ts';
import { standingOf } from '../pipeline/privacy/subject.ts';

/** What of the protocol holds; each can be taken away, so that it shows what it is for. */
export type Protocol = {
  plan: readonly Step[];
  /** Workers ask for the standing before they begin. */
  looks: boolean;
  /** The second look waits until nobody is at work who began before the first. */
  settles: boolean;
};

/** A message about the person, accepted before the erasure, wherever it is. `old`: begun before the fence. */
type Message = { at: 'queued' | 'looked' | 'claimed' | 'letter' | 'gone'; old: boolean; kills: number };

type State = {
  progress: Progress;
  erasedAtMs: number | undefined;
  messages: readonly Message[];
  /** Jobs whose row has content of the person. */
  rows: readonly boolean[];
};

export type Search = {
  /** Distinct states, ways from the first to a last one, and states in which something of the person came to stay. */
  states: number;
  interleavings: bigint;
  failing: number;
};

/** Messages at once; each may be killed once, set aside, sent back, and received again. */
const MESSAGES = 3;

const first: State = {
  progress: begun(0),
  erasedAtMs: undefined,
  messages: Array.from({ length: MESSAGES }, (): Message => ({ at: 'queued', old: false, kills: 1 })),
  rows: Array.from({ length: MESSAGES }, () => false),
};

/**
 * Every interleaving of an erasure with workers that are at messages about the person: all that can happen next is
 * tried in every state, and states that were seen before are not gone through again.
 */
export const searchErasure = (protocol: Protocol): Search => {
  const ways = new Map<string, bigint>();
  let failing = 0;
  const waysFrom = (state: State): bigint => {
    const key = JSON.stringify(state);
    const known = ways.get(key);
    if (known !== undefined) return known;
    const next = successorsOf(protocol, state);
    if (next.length === 0 && isOver(protocol, state) && state.rows.includes(true)) failing += 1;
    const count = next.length === 0 ? 1n : next.map(waysFrom).reduce((sum, some) => sum + some, 0n);
    ways.set(key, count);
    return count;
  };
  return { interleavings: waysFrom(first), states: ways.size, failing };
};

const isOver = ({ plan }: Protocol, { progress }: State): boolean => stepOf(plan, progress) === undefined;

const successorsOf = (protocol: Protocol, state: State): State[] => [
  ...eraserSteps(protocol, state),
  ...state.messages.flatMap((message, index) => messageSteps(protocol, state, message, index)),
];

const moved = (state: State, index: number, message: Message, row = state.rows[index] ?? false): State => ({
  ...state,
  messages: state.messages.with(index, message),
  rows: state.rows.with(index, row),
});

const messageSteps = (protocol: Protocol, state: State, message: Message, index: number): State[] => {
  const killed: State[] =
    message.kills > 0 && (message.at === 'looked' || message.at === 'claimed')
      ? [moved(state, index, { at: 'queued', old: false, kills: message.kills - 1 })]
      : [];
  switch (message.at) {
    case 'queued':
      return [begin(protocol, state, message, index), ...setAside(state, message, index)];
    case 'looked':
      return [...killed, moved(state, index, { ...message, at: 'claimed' }, true)];
    case 'claimed':
      return [...killed, end(state, message, index)];
    case 'letter':
      return [moved(state, index, { ...message, at: 'queued', kills: 0 })]; // a redrive
    case 'gone':
      return [];
  }
};

const begin = ({ looks }: Protocol, state: State, message: Message, index: number): State => {
  const marks = state.erasedAtMs === undefined ? [] : [{ erasedAtMs: state.erasedAtMs }];
  const isErased = looks && standingOf(marks, 0) === 'erased';
  const old = state.erasedAtMs === undefined;
  return moved(state, index, isErased ? { ...message, at: 'gone' } : { ...message, at: 'looked', old });
};

/** Once: what was sent back comes to an end. */
const setAside = (state: State, message: Message, index: number): State[] =>
  message.kills > 0 ? [moved(state, index, { ...message, at: 'letter' })] : [];

/** A result is only written to a row that is still the worker's: what was deleted does not come back. */
const end = (state: State, message: Message, index: number): State =>
  moved(state, index, { ...message, at: 'gone' });

const eraserSteps = (protocol: Protocol, state: State): State[] => {
  const { plan, settles } = protocol;
  const step = stepOf(plan, state.progress);
  if (step === undefined) return [];
  const isWaiting = state.progress.dueAtMs > 0;
  const isAtWork = state.messages.some(({ at, old }) => old && (at === 'looked' || at === 'claimed'));
  if (isWaiting && settles && isAtWork) return [];
  const { state: changed, outcome } = carriedOut(state, step);
  const progress = advance(plan, { ...state.progress, dueAtMs: 0 }, outcome, { nowMs: 0, settleMs: 1 });
  return [{ ...changed, progress: { ...progress, erased: {} } }];
};

const carriedOut = (state: State, step: Step): { state: State; outcome: Outcome } => {
  const done: Outcome = { kind: 'done' };
  if (step.kind === 'fence') return { state: { ...state, erasedAtMs: 0 }, outcome: done };
  if (step.kind === 'verify') return { state, outcome: isFound(state) ? { kind: 'unclean' } : done };
  if (step.kind !== 'sweep') return { state, outcome: done };
  if (step.store === 'jobs') return sweepRow(state);
  const messages = state.messages.map(
    (message): Message =>
      step.store === 'dead-letters' && message.at === 'letter' ? { ...message, at: 'gone' } : message,
  );
  return { state: { ...state, messages }, outcome: done };
};

const isFound = ({ rows, messages }: State): boolean =>
  rows.includes(true) || messages.some(({ at }) => at === 'letter');

/** One row at a time: workers go on between two of them. */
const sweepRow = (state: State): { state: State; outcome: Outcome } => {
  const index = Number(state.progress.cursor ?? 0);
  const rows = state.rows.with(index, false);
  const isLast = index === rows.length - 1;
  return {
    state: { ...state, rows },
    outcome: isLast ? { kind: 'done' } : { kind: 'more', cursor: String(index + 1) },
  };
};
