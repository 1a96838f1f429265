import fc from 'fast-check';
import { type PrivacyRight, privacyRights } from '../../../lib/pipeline/privacy/privacy-request.ts';
import {
  advance,
  begun,
  endOf,
  type Outcome,
  type Progress,
  planOf,
  stepOf,
  sweptStores,
} from '../../../lib/pipeline/privacy/request-plan.ts';

const SETTLE_MS = 510_000;

const run = (right: PrivacyRight, outcomes: readonly Outcome[]): Progress => {
  let nowMs = 0;
  return outcomes.reduce((progress, outcome) => {
    nowMs = Math.max(nowMs + 1, progress.dueAtMs);
    return advance(planOf(right), progress, outcome, { nowMs, settleMs: SETTLE_MS });
  }, begun(0));
};

const done: Outcome = { kind: 'done' };

it.each(privacyRights)(
  '%s ends after as many steps as its plan has, and waits are no step of anybody',
  (right) => {
    const worked = planOf(right).filter(({ kind }) => kind !== 'settle');
    const kinds = worked.map((_, at) => stepOf(planOf(right), run(right, Array(at).fill(done)))?.kind);
    expect(kinds).toEqual(worked.map(({ kind }) => kind));
    expect(stepOf(planOf(right), run(right, Array(worked.length).fill(done)))).toBeUndefined();
  },
);

it('an erasure fences before it sweeps, sweeps every store twice with all settled between, and is verified last', () => {
  const kinds = planOf('erasure').map(({ kind }) => kind);
  const sweeps = sweptStores.map(() => 'sweep');
  expect(kinds).toEqual(['fence', ...sweeps, 'settle', ...sweeps, 'verify']);
});

it('what settles is not due before nobody can be at work who began before', () => {
  const settled = planOf('erasure').findIndex(({ kind }) => kind === 'settle');
  const before = run('erasure', Array(settled - 1).fill(done));
  const after = advance(planOf('erasure'), before, done, { nowMs: 1_000, settleMs: SETTLE_MS });
  expect(after).toMatchObject({ step: settled + 1, dueAtMs: 1_000 + SETTLE_MS });
});

it('what verification finds is swept again, and verified again after all has settled', () => {
  const worked = planOf('erasure').filter(({ kind }) => kind !== 'settle').length;
  const before = run('erasure', Array(worked - 1).fill(done));
  const again = advance(planOf('erasure'), before, { kind: 'unclean' }, { nowMs: 1, settleMs: SETTLE_MS });
  expect(stepOf(planOf('erasure'), again)).toEqual({ kind: 'sweep', store: 'jobs', pass: 1 });
});

it('counts what each store lost, over all pages and passes', () => {
  const outcomes = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('more' as const), cursor: fc.string(), erased: fc.nat(9) }),
      fc.record({ kind: fc.constant('done' as const), erased: fc.nat(9) }),
    ),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(outcomes, (made) => {
      const wanted = new Map<string, number>();
      let progress = begun(0);
      for (const outcome of made) {
        const step = stepOf(planOf('erasure'), progress);
        if (step?.kind === 'sweep') wanted.set(step.store, (wanted.get(step.store) ?? 0) + outcome.erased);
        progress = advance(planOf('erasure'), progress, outcome, { nowMs: 0, settleMs: 0 });
      }
      expect(progress.erased).toEqual(Object.fromEntries(wanted));
    }),
  );
});

it('only of a tenant something stays that names it', () => {
  expect(endOf('erasure', { kind: 'tenant' })).toBe('partly');
  expect(endOf('erasure', { kind: 'fan' })).toBe('completed');
  expect(endOf('access', { kind: 'tenant' })).toBe('completed');
});
