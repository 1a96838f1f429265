import type { PrivacyTask } from './privacy-request.ts';
import type { Subject } from './subject.ts';

/** Stores that hold data of a subject and are swept when it is erased. */
export const sweptStores = ['jobs', 'dead-letters', 'exports', 'requests'] as const;

export type SweptStore = (typeof sweptStores)[number];

/** Those of them that have older versions, which a restore brings back. */
const restoredStores = ['jobs', 'requests'] as const;

export type RestoredStore = (typeof restoredStores)[number];

/** One thing to do for a request. Each may be done again: who died half-way leaves it to the next one. */
export type Step =
  /** Has it known that jobs about the subject are not to be done, or are again. */
  | { kind: 'mark'; isRestricted: boolean }
  /** Its keys are destroyed, and what is on its way about the subject leaves nothing any more. */
  | { kind: 'fence' }
  | { kind: 'sweep'; store: SweptStore; pass: 1 | 2 }
  /** Until nobody can be at work who has not seen the fence. */
  | { kind: 'settle' }
  /** By another role, which may only read. */
  | { kind: 'verify' }
  /** What is of before an erasure is erased again, whoever it was about. */
  | { kind: 'replay'; store: RestoredStore }
  | { kind: 'gather' }
  | { kind: 'seal' };

/** How far a request is. `step` is a place in its plan; one past its end, all is done. */
export type Progress = {
  step: number;
  /** Where the step goes on. */
  cursor?: string | undefined;
  /** Not before this instant, in ms since 1970. */
  dueAtMs: number;
  /** What was erased, by store. */
  erased: Readonly<Partial<Record<SweptStore, number>>>;
};

/** What came of a step. `unclean`: after an erasure something was found that it should have taken. */
export type Outcome =
  | { kind: 'more'; cursor: string; erased?: number }
  | { kind: 'done'; erased?: number }
  | { kind: 'unclean' };

/** What is done for a request, in this order. */
export type Plan = readonly Step[];

const sweep = (pass: 1 | 2): Step[] => sweptStores.map((store) => ({ kind: 'sweep', store, pass }));

const plans: Readonly<Record<PrivacyTask, Plan>> = {
  access: [{ kind: 'gather' }, { kind: 'seal' }],
  portability: [{ kind: 'gather' }, { kind: 'seal' }],
  erasure: [{ kind: 'fence' }, ...sweep(1), { kind: 'settle' }, ...sweep(2), { kind: 'verify' }],
  restriction: [{ kind: 'mark', isRestricted: true }],
  objection: [{ kind: 'mark', isRestricted: true }],
  lifting: [{ kind: 'mark', isRestricted: false }],
  replay: restoredStores.map((store) => ({ kind: 'replay', store })),
};

export const planOf = (right: PrivacyTask): Plan => plans[right];

export const begun = (nowMs: number): Progress => ({ step: 0, dueAtMs: nowMs, erased: {} });

/** What is to be done next; `undefined` when all is done. */
export const stepOf = (plan: Plan, { step }: Pick<Progress, 'step'>): Step | undefined => plan[step];

/** How far the request is after a step. */
export const advance = (
  plan: Plan,
  progress: Progress,
  outcome: Outcome,
  { nowMs, settleMs }: { nowMs: number; settleMs: number },
): Progress => {
  const step = stepOf(plan, progress);
  const erased = countErased(progress, step, outcome);
  switch (outcome.kind) {
    case 'more':
      return { ...progress, cursor: outcome.cursor, dueAtMs: nowMs, erased };
    case 'unclean':
      return { step: firstSweep(plan), dueAtMs: nowMs, erased };
    case 'done':
      return passSettling(plan, { step: progress.step + 1, dueAtMs: nowMs, erased }, settleMs);
  }
};

/** Nobody works while it settles: what comes after it is due later. */
const passSettling = (plan: Plan, progress: Progress, settleMs: number): Progress =>
  stepOf(plan, progress)?.kind === 'settle'
    ? { ...progress, step: progress.step + 1, dueAtMs: progress.dueAtMs + settleMs }
    : progress;

const firstSweep = (plan: Plan): number =>
  Math.max(
    0,
    plan.findIndex(({ kind }) => kind === 'sweep'),
  );

const countErased = ({ erased }: Progress, step: Step | undefined, outcome: Outcome): Progress['erased'] => {
  if (step === undefined || !('store' in step)) return erased;
  if (outcome.kind === 'unclean' || outcome.erased === undefined) return erased;
  return { ...erased, [step.store]: (erased[step.store] ?? 0) + outcome.erased };
};

/**
 * What became of a request when all is done. Of a tenant, accounts stay for as long as the law has them kept
 * (Art. 17(3)(b)): they name it.
 */
export const endOf = (right: PrivacyTask, { kind }: Pick<Subject, 'kind'>): 'completed' | 'partly' =>
  right === 'erasure' && kind === 'tenant' ? 'partly' : 'completed';
