import { breaches } from '../../lib/load/prove/breaches.ts';
import { isCaught, prove } from '../../lib/load/prove/prove.ts';
import { judge } from '../../lib/load/result/judge.ts';
import { scenarioNames, scenarios } from '../../load/scenarios.ts';
import { aRun } from './a-run.ts';

const passed = judge(aRun());

/** A run that fails the check that it is asked for. */
const failingAt = (check: string) => ({
  ...passed,
  verdict: 'breached' as const,
  checks: [{ kind: 'objective' as const, name: check, found: '9', wanted: 'at most 1', holds: false }],
});

const proveWith = async (run: Parameters<typeof prove>[0]['run']) => {
  const lines: string[] = [];
  const code = await prove({ run, say: (line) => lines.push(line) });
  return { code, lines };
};

describe('the proof that runs fail when they should', () => {
  it('breaks checks that there are, in runs that there are', () => {
    const proofs = scenarios.flatMap((scenario) => scenario.proofs);
    const known = judge(aRun({ scenario: { proofs } })).checks.map(({ name }) => name);
    for (const { check, scenario } of breaches) {
      expect(known).toContain(check);
      expect(scenarioNames).toContain(scenario);
    }
  });

  it('breaks nothing that the run excuses', () => {
    for (const { check, scenario } of breaches)
      expect(scenarios.find(({ name }) => name === scenario)?.excused ?? []).not.toContain(check);
  });

  it('holds when every run names what was broken', async () => {
    const { code, lines } = await proveWith(async ({ check }) => failingAt(check));
    expect(code).toBe(0);
    expect(lines.filter((line) => line.endsWith('caught'))).toHaveLength(breaches.length);
  });

  it('does not hold when one run has not noticed, or has named something else', async () => {
    const [first] = breaches;
    const { code } = await proveWith(async ({ check }) =>
      check === first?.check ? passed : failingAt(check),
    );
    expect(code).toBe(1);
    expect(isCaught({ check: 'failed-jobs' }, failingAt('lost-jobs'))).toBe(false);
  });

  it('ends when it is interrupted', async () => {
    expect(await proveWith(async () => undefined)).toMatchObject({ code: 130 });
  });
});
