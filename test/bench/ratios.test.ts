import { readFileSync } from 'node:fs';
import type { Measure } from '../../lib/bench/measure.ts';
import { LET_PASS, parseBaseline, slowerSentence, slowerThan } from '../../lib/bench/ratios/compare.ts';
import { measureRatiosOf } from '../../lib/bench/ratios/ratios.ts';
import { dispatchJobs, subjectNames, subjects } from '../../lib/bench/ratios/subjects.ts';

const ratios = (value: number): Measure => ({
  name: 'ratios',
  figures: [{ name: 'dispatch', value, unit: 'x' }],
});

const baselineOf = (measure: Measure) =>
  parseBaseline(JSON.stringify({ machine: { cores: 2, node: 'v24' }, measures: [measure] }));

describe('a comparison with a baseline', () => {
  const baseline = baselineOf(ratios(2));

  it.each([1, 2, 2 * (1 + LET_PASS)])('lets %d pass', (value) => {
    expect(slowerThan(baseline, [ratios(value)])).toEqual([]);
  });

  it('names what is slower, and by how much', () => {
    const [slower] = slowerThan(baseline, [ratios(3)]);
    if (slower === undefined) throw new Error('not found');
    expect(slowerSentence(slower)).toBe(
      'dispatch is 50 % slower than its baseline: 3.00 times the reference instead of 2.00',
    );
  });

  it('looks at no other measure, whose times are the machine’s', () => {
    const times: Measure = { name: 'dispatch', figures: [{ name: 'all', value: 99, unit: 'ms' }] };
    expect(slowerThan(baseline, [times])).toEqual([]);
  });

  it('refuses a figure that the baseline does not have: it would never be compared', () => {
    const other: Measure = { name: 'ratios', figures: [{ name: 'stores', value: 1, unit: 'x' }] };
    expect(() => slowerThan(baseline, [other])).toThrow('does not know stores');
  });

  it.each(['{}', '{"measures": []}', 'no JSON'])('does not take %s for a baseline', (text) => {
    expect(() => parseBaseline(text)).toThrow();
  });

  it('has one that knows every subject', () => {
    const kept = parseBaseline(readFileSync('load/baseline/ratios.json', 'utf8'));
    const [measure] = kept.measures;
    expect(measure?.figures.map(({ name }) => name)).toEqual([...subjectNames]);
  });
});

describe('what is measured beside a reference', () => {
  const context = { say: () => undefined, signal: new AbortController().signal };

  // far beyond what a busy machine does to a ratio, in few rounds; 50 % take all of them, in a process of their own
  it('finds dispatch that does three times as much', async () => {
    const rounds = { warmUp: 1, counted: 3 };
    const before = await measureRatiosOf(['dispatch'], context, subjects, rounds);
    const planted = { ...subjects, dispatch: () => dispatchJobs(1_500).then(() => dispatchJobs(1_500)) };
    const slower = await measureRatiosOf(['dispatch'], context, planted, rounds);
    expect(slowerThan(baselineOf(before), [slower]).map(({ name }) => name)).toEqual(['dispatch']);
  });
});
