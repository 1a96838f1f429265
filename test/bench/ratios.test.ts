import { readFileSync } from 'node:fs';
import type { Measure } from '../../lib/bench/measure.ts';
import { LET_PASS, parseBaseline, slowerSentence, slowerThan } from '../../lib/bench/ratios/compare.ts';
import { measureRatiosOf } from '../../lib/bench/ratios/ratios.ts';
import { dispatchJobs, subjectNames, subjects } from '../../lib/bench/ratios/subjects.ts';

/** As measured: dispatch so many times the reference, all else once. */
const ratios = (dispatch: number): Measure => ({
  name: 'ratios',
  figures: subjectNames.map((name) => ({ name, value: name === 'dispatch' ? dispatch : 1, unit: 'x' })),
});

const fileOf = (measure: { name: string; figures: readonly object[] }) =>
  JSON.stringify({ machine: { cores: 2, node: 'v24' }, measures: [measure] });

describe('a comparison with a baseline', () => {
  const baseline = parseBaseline(fileOf(ratios(2)));

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

  it('lets nothing pass that was not measured', () => {
    const times: Measure = { name: 'dispatch', figures: [{ name: 'all', value: 99, unit: 'ms' }] };
    expect(() => slowerThan(baseline, [times])).toThrow('rate limiter was not measured');
    expect(slowerThan(baseline, [ratios(Number.NaN)]).map(({ name }) => name)).toEqual(['dispatch']);
  });

  it.each([
    ['{}'],
    ['{"measures": []}'],
    ['no JSON'],
    [fileOf({ name: 'ratios', figures: ratios(1).figures.slice(1) })],
    [fileOf({ name: 'ratios', figures: [...ratios(1).figures, { name: 'parser', value: 1 }] })],
    [fileOf(ratios(0))],
    [fileOf({ name: 'dispatch', figures: ratios(1).figures })],
  ])('does not take %s for a baseline', (text) => {
    expect(() => parseBaseline(text)).toThrow();
  });

  it('has one that knows every subject', () => {
    const kept = parseBaseline(readFileSync('load/baseline/ratios.json', 'utf8'));
    expect(Object.keys(kept)).toEqual([...subjectNames]);
  });
});

describe('what is measured beside a reference', () => {
  const context = { say: () => undefined, signal: new AbortController().signal };

  it('is broken off by an interruption that comes from outside', async () => {
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    const nothing = async () => {};
    const work = { 'rate limiter': nothing, stores: nothing, dispatch: nothing, aggregator: nothing };
    const rounds = { warmUp: 0, counted: 1_000_000 };
    await expect(
      measureRatiosOf(['dispatch'], { ...context, signal: stop.signal }, work, rounds),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });

  // far beyond what a busy machine does to a ratio, in few rounds; 50 % take all of them, in a process of their own
  it('finds dispatch that does three times as much', async () => {
    const rounds = { warmUp: 1, counted: 3 };
    const measure = async (work: typeof subjects) =>
      (await measureRatiosOf(['dispatch'], context, work, rounds)).figures[0]?.value ?? Number.NaN;
    const before = await measure(subjects);
    const planted = { ...subjects, dispatch: () => dispatchJobs(1_500).then(() => dispatchJobs(1_500)) };
    const slower = slowerThan(parseBaseline(fileOf(ratios(before))), [ratios(await measure(planted))]);
    expect(slower.map(({ name }) => name)).toEqual(['dispatch']);
  });
});
