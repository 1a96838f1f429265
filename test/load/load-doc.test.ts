import { readFileSync } from 'node:fs';
import { scenarioRow } from '../../lib/load/describe-scenarios.ts';
import { judge } from '../../lib/load/result/judge.ts';
import { scenarios } from '../../load/scenarios.ts';
import { aRun } from './a-run.ts';

const document = readFileSync('docs/load.md', 'utf8');

/** The day whose prices the document names. */
const PRICES_OF_MS = Date.parse('2026-11-26T00:00:00Z');

describe('docs/load.md', () => {
  it.each(scenarios)('describes $name as it is, with what it costs in tokens', (scenario) => {
    expect(document).toContain(scenarioRow(scenario, PRICES_OF_MS));
  });

  it('describes no other run', () => {
    const rows = [...document.matchAll(/^\| `([a-z0-9-]+)` \| .+\?/gm)].map(([, name]) => name);
    expect(rows).toEqual(scenarios.map(({ name }) => name));
  });

  it('explains every check by its name', () => {
    const proofs = scenarios.flatMap((scenario) => scenario.proofs);
    const checks = judge(aRun({ scenario: { proofs } })).checks.map(({ name }) => name);
    for (const name of checks) expect(document).toContain(name.replace(/-critical$/, ''));
  });
});
