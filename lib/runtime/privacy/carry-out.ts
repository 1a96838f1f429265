import { isLate } from '../../pipeline/privacy/privacy-request.ts';
import type { EndedRequest } from '../../pipeline/privacy/request-event.ts';
import {
  advance,
  endOf,
  type Outcome,
  planOf,
  type Step,
  stepOf,
} from '../../pipeline/privacy/request-plan.ts';
import { isOfPerson, type PersonsRequest, type PrivacyRecord } from './privacy-record.ts';
import type { OpenRequest, PrivacyDesk } from './privacy-table.ts';

/** What a step came to, and the record that it leaves, if that is another one. */
export type Done = { outcome: Outcome; record?: PrivacyRecord };

/** How steps are done, by their kind. What a function has no hand for is left to another one. */
export type Hands = {
  [Kind in Exclude<Step['kind'], 'settle'>]?: (
    record: Kind extends 'replay' ? PrivacyRecord : PersonsRequest,
    step: Extract<Step, { kind: Kind }>,
  ) => Promise<Done>;
};

export type CarryOutPorts = {
  requests: PrivacyDesk;
  hands: Hands;
  now(): number;
  /** From the first sweep until nobody can be at work who has not seen the fence, in ms. */
  settleMs: number;
  remainingMs(): number;
  /** Told before a step counts as done. */
  onDone(record: PrivacyRecord, step: Step, outcome: Outcome): Promise<void>;
  /** Told of a request of a person before it counts as ended: who dies in between tells it again. */
  tell(ended: EndedRequest): Promise<void>;
  onFault(record: PrivacyRecord | undefined, error: unknown): void;
};

/** What was seen of the open requests. */
export type Round = { open: number; late: number; errors: readonly unknown[] };

/** A step is not begun with less than that, in ms. */
const RESERVE_MS = 40_000;

/**
 * Goes on with every open request whose next step is due, until all wait or the time is over. Whoever dies leaves a
 * request where it was: its step is done again. Two at a time do no harm: one of them finds the record changed.
 */
export const carryOut = async (ports: CarryOutPorts): Promise<Round> => {
  const open = await ports.requests.listOpen();
  const nowMs = ports.now();
  const errors: unknown[] = [];
  for (const request of open.filter(({ workAtMs }) => workAtMs <= nowMs))
    errors.push(...(await carryOutOne(ports, request)));
  const late = open.filter(({ receivedAtMs }) => isLate(receivedAtMs, nowMs));
  return { open: open.length, late: late.length, errors };
};

/** What went wrong. */
const carryOutOne = async (ports: CarryOutPorts, request: OpenRequest): Promise<unknown[]> => {
  let record: PrivacyRecord | undefined;
  try {
    record = await ports.requests.read(request);
    while (record !== undefined && ports.remainingMs() > RESERVE_MS) record = await nextStep(ports, record);
    return [];
  } catch (error) {
    ports.onFault(record, error);
    return [error];
  }
};

/** The record after its next step; `undefined` if there is none to do now. */
const nextStep = async (ports: CarryOutPorts, seen: PrivacyRecord): Promise<PrivacyRecord | undefined> => {
  const step = stepOf(planOf(seen.right), seen.progress);
  if (step === undefined || seen.progress.dueAtMs > ports.now()) return undefined;
  const doing = handFor(ports.hands, seen, step);
  if (doing === undefined) return undefined;
  const { outcome, record = seen } = await doing;
  await ports.onDone(seen, step, outcome);
  const times = { nowMs: ports.now(), settleMs: ports.settleMs };
  const progress = advance(planOf(seen.right), seen.progress, outcome, times);
  const ending = endingOf(seen, progress, times.nowMs);
  if (ending.status !== 'in-progress' && isOfPerson(seen)) await ports.tell({ ...seen, ...ending });
  return ports.requests.change(seen, { ...record, progress, ...ending });
};

const handFor = (hands: Hands, record: PrivacyRecord, step: Step): Promise<Done> | undefined => {
  if (step.kind === 'replay') return hands.replay?.(record, step);
  if (!isOfPerson(record)) return undefined;
  switch (step.kind) {
    case 'sweep':
      return hands.sweep?.(record, step);
    case 'mark':
      return hands.mark?.(record, step);
    case 'fence':
      return hands.fence?.(record, step);
    case 'settle':
      return undefined;
    case 'verify':
      return hands.verify?.(record, step);
    case 'gather':
      return hands.gather?.(record, step);
    case 'seal':
      return hands.seal?.(record, step);
  }
};

const endingOf = (
  { right, subjectKind }: PrivacyRecord,
  progress: PrivacyRecord['progress'],
  nowMs: number,
): { status: 'in-progress' } | Pick<EndedRequest, 'status' | 'completedAtMs'> =>
  stepOf(planOf(right), progress) === undefined
    ? { status: endOf(right, { kind: subjectKind }), completedAtMs: nowMs }
    : { status: 'in-progress' };
