import { LIVE, scriptOf } from '../../lib/load/generator/artillery-script.ts';
import { readArtilleryReport } from '../../lib/load/run/artillery-report.ts';
import { scenarios } from '../../load/scenarios.ts';

const at = { target: 'http://127.0.0.1:3000', processor: '/load/processor.mjs' };
const scripts = scenarios.map((scenario) => ({ name: scenario.name, script: scriptOf(scenario, at) }));

/** What artillery does silently wrong, none of which a script of ours may meet. */
describe.each(scripts)('the artillery script of $name', ({ script }) => {
  const text = JSON.stringify(script);

  it('brings users by count alone: rates draw them, maxVusers drops them, workers share them', () => {
    for (const phase of script.config.phases)
      expect(Object.keys(phase).sort()).toEqual(['arrivalCount', 'duration', 'name']);
  });

  it('has whole seconds: a fraction would be read as milliseconds', () => {
    for (const { duration, arrivalCount } of script.config.phases) {
      expect(Number.isInteger(duration) && duration > 0).toBe(true);
      expect(Number.isInteger(arrivalCount) && arrivalCount > 0).toBe(true);
    }
  });

  it('does nothing in steps: no think, no loop, no request that would end its user at the first error', () => {
    expect(script.scenarios.map(({ flow }) => flow)).toEqual([[{ function: LIVE }]]);
  });

  it('has no template, which would be blank in its config, and no plugin that names metrics by URL', () => {
    expect(text).not.toContain('{{');
    expect(Object.keys(script.config).sort()).toEqual(['phases', 'processor', 'statsInterval', 'target']);
  });

  it('is JSON with a processor that Node itself can run: no TypeScript for artillery to bundle', () => {
    expect(JSON.parse(text)).toEqual(script);
    expect(script.config.processor).toMatch(/\.mjs$/);
  });
});

describe("artillery's own report", () => {
  const reportOf = (counters: Record<string, number>) => JSON.stringify({ aggregate: { counters } });

  it('leaves out what did not happen', () => {
    expect(readArtilleryReport(reportOf({ 'vusers.created': 2, 'vusers.completed': 2 }))).toEqual({
      users: 2,
      completed: 2,
      failed: 0,
      skipped: 0,
      errors: [],
    });
  });

  it('has users complete that did nothing, since their function was not found', () => {
    const counters = {
      'vusers.created': 2,
      'vusers.completed': 2,
      'vusers.failed': 0,
      'errors.Undefined function "liv"': 2,
    };
    expect(readArtilleryReport(reportOf(counters)).errors).toEqual(['errors.Undefined function "liv"']);
  });

  it('tells of users that were never let in', () => {
    expect(readArtilleryReport(reportOf({ 'vusers.skipped': 40 })).skipped).toBe(40);
  });
});
