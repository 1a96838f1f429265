import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Comparison,
  compareResults,
  newlyBroken,
  unlike,
} from '../../lib/load/compare/compare-results.ts';
import { compareRuns, differenceLines } from '../../lib/load/compare/compare-runs.ts';
import { medianOf, rankTest } from '../../lib/load/compare/rank-test.ts';
import { judge } from '../../lib/load/result/judge.ts';
import type { RunResult, Window } from '../../lib/load/result/result.ts';
import { type Random, seededRandom } from '../../lib/seeded-random.ts';
import { aRun } from './a-run.ts';

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

const manyOf = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('the rank test', () => {
  it('finds what R finds: wilcox.test(x, y, exact = FALSE)', () => {
    const x = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const y = [1.15, 0.88, 0.9, 0.74, 1.21];
    expect(rankTest(x, y).p).toBeCloseTo(0.2446, 3);
    expect(rankTest(x, y).shift).toBeCloseTo(-0.305, 3);
  });

  it('corrects for ties, and finds nothing where all are the same', () => {
    expect(rankTest([1, 1, 1], [1, 1, 1])).toEqual({ p: 1, shift: 0 });
    // u = 1 of a mean of 8, variance (16/12) x (9 - 54/56), z = 6.5/3.273: wilcox.test(..., exact = FALSE)
    expect(rankTest([1, 1, 2, 2], [2, 3, 3, 3]).p).toBeCloseTo(0.047, 3);
  });

  it('is as likely to find something where there is nothing as it says', () => {
    const random = seededRandom(7);
    const sample = () => manyOf(20, () => normal(random));
    const found = manyOf(400, () => rankTest(sample(), sample()).p).filter((p) => p < 0.05).length;
    expect(found).toBeGreaterThan(6);
    expect(found).toBeLessThan(34);
  });

  it('does not mind the order of the samples', () => {
    const [one, other] = [
      [1, 5, 2, 8],
      [3, 9, 4],
    ];
    expect(rankTest(one, other).p).toBeCloseTo(rankTest(other, one).p, 12);
    expect(rankTest(one, other).shift).toBe(-rankTest(other, one).shift);
    expect(medianOf([])).toBeNaN();
  });
});

/** A run whose times, in 30 windows, are the usual ones times a factor; runs of the same code differ by a few percent. */
const runOf = (
  seed: number,
  factor = 1,
  of: readonly (keyof Window)[] = ['job', 'wait', 'own', 'request'],
): RunResult => {
  const random = seededRandom(seed);
  const ofThisRun = 1 + 0.05 * normal(random);
  const base = judge(aRun());
  const [window] = base.windows;
  if (window === undefined) throw new Error('no window');
  const summary = (name: keyof Window, ms: number) => {
    const value = ms * ofThisRun * Math.exp(0.15 * normal(random)) * (of.includes(name) ? factor : 1);
    return { count: 50, p50: value, p95: value * 2, p99: value * 3, max: value * 4 };
  };
  const windows = manyOf(30, (index) => ({
    ...window,
    fromMs: base.run.measuredFromMs + index * base.windowMs,
    ended: 20 + Math.round(normal(random)),
    job: summary('job', 90),
    wait: summary('wait', 20),
    own: summary('own', 80),
    request: summary('request', 15),
  }));
  return {
    ...base,
    windows,
    run: { ...base.run, id: `run-${seed}`, measuredUntilMs: base.run.measuredFromMs + 30 * base.windowMs },
  };
};

const worse = (compared: readonly Comparison[]) =>
  compared.filter(({ verdict }) => verdict === 'worse').map(({ name }) => name);

describe('the comparison of two runs', () => {
  it('flags none of five unchanged runs against any other', () => {
    const runs = manyOf(5, (seed) => runOf(seed + 1));
    const pairs = runs.flatMap((one) => runs.filter((other) => other !== one).map((other) => [one, other]));
    expect(pairs).toHaveLength(20);
    for (const [one, other] of pairs)
      if (one && other)
        expect(compareResults(one, other).filter(({ verdict }) => verdict !== 'noise')).toEqual([]);
  });

  it.each(manyOf(10, (index) => index + 1))('catches a dispatch that is 50 %% slower (draw %i)', (seed) => {
    const slower = runOf(seed + 100, 1.5, ['wait', 'own']);
    const named = worse(compareResults(runOf(seed), slower));
    expect(named.filter((name) => /^(wait|Relay's own part)/.test(name))).not.toEqual([]);
    expect(named.filter((name) => /^(job|request)/.test(name))).toEqual([]);
  });

  it('says what got better, too', () => {
    const compared = compareResults(runOf(1, 1.5), runOf(2));
    expect(worse(compared)).toEqual([]);
    expect(compared.find(({ name }) => name === 'job p50')).toMatchObject({ verdict: 'better' });
  });

  it('does not make much of a difference that matters to nobody', () => {
    const tiny = (factor: number, seed: number) => {
      const run = runOf(seed);
      const windows = run.windows.map((window) => ({
        ...window,
        request: { count: 9, p50: factor, p95: factor, p99: 1, max: 1 },
      }));
      return { ...run, windows };
    };
    const compared = compareResults(tiny(2, 1), tiny(4, 2));
    expect(compared.find(({ name }) => name === 'request p50')).toMatchObject({
      change: 1,
      verdict: 'noise',
    });
  });

  it('says so when a run is too short to tell', () => {
    const short = (seed: number) => ({ ...runOf(seed), windows: runOf(seed).windows.slice(0, 5) });
    expect(new Set(compareResults(short(1), short(2)).map(({ verdict }) => verdict))).toEqual(
      new Set(['too-few']),
    );
  });

  it('leaves out the warm-up, and what was due when nobody came any more', () => {
    const run = runOf(1);
    const spoiled = run.windows.map((window, index) =>
      index < 5
        ? { ...window, isWarmUp: true, own: { count: 1, p50: 1e6, p95: 1e6, p99: 1e6, max: 1e6 } }
        : window,
    );
    expect(worse(compareResults(runOf(2), { ...run, windows: spoiled }))).toEqual([]);
  });

  it('refuses runs that are not alike, or not to be believed', () => {
    const run = runOf(1);
    expect(unlike(run, runOf(2))).toBeUndefined();
    expect(unlike(run, { ...run, run: { ...run.run, models: 'instant' } })).toContain('models');
    expect(unlike(run, { ...run, run: { ...run.run, scale: 0.1 } })).toContain('scale');
    expect(unlike(run, { ...run, verdict: 'invalid' })).toContain('cannot be believed');
  });

  it('names in its last lines what is worse', () => {
    const [one, other] = [runOf(1), runOf(2, 2)];
    const lastLine = (before: RunResult, after: RunResult) => {
      const difference = { figures: compareResults(before, after), broken: newlyBroken(before, after) };
      return differenceLines(before, after, difference).at(-1);
    };
    expect(lastLine(one, other)).toMatch(/^WORSE: .*Relay's own part p50/);
    expect(lastLine(one, one)).toBe('No difference but noise.');
    const short = { ...one, windows: one.windows.slice(0, 5) };
    expect(lastLine(short, short)).toMatch(/^Too short to tell/);
  });

  it('sees what was nothing before', () => {
    const waiting = (ms: number): RunResult => {
      const run = runOf(1);
      const wait = { count: 9, p50: ms, p95: ms, p99: ms, max: ms };
      return { ...run, windows: run.windows.map((window) => ({ ...window, wait })) };
    };
    const [wait] = compareResults(waiting(0), waiting(2_000)).filter(({ name }) => name === 'wait p50');
    expect(wait).toMatchObject({ before: 0, after: 2_000, verdict: 'worse' });
  });
});

describe('the command that compares', () => {
  let loadDir: string;
  beforeEach(() => {
    loadDir = mkdtempSync(join(tmpdir(), 'relay-compare-'));
  });
  afterEach(() => rmSync(loadDir, { recursive: true, force: true }));

  const keep = (name: string, text: string): void => {
    mkdirSync(join(loadDir, 'results', name), { recursive: true });
    writeFileSync(join(loadDir, 'results', name, 'result.json'), text);
  };
  const compare = async (before: string, after: string) => {
    const lines: string[] = [];
    const options = { kind: 'compare', before, after, jsonFile: undefined } as const;
    return { code: await compareRuns(options, { loadDir, say: (line) => lines.push(line) }), lines };
  };

  it('calls a run worse whose jobs fail, however soon', async () => {
    const fails = { name: 'failed-jobs', kind: 'objective', found: '100 %', wanted: 'at most 10 %' } as const;
    const quick = runOf(2, 0.1);
    keep('good', JSON.stringify(runOf(1)));
    keep('bad', JSON.stringify({ ...quick, verdict: 'breached', checks: [{ ...fails, holds: false }] }));
    const { code, lines } = await compare('good', 'bad');
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('WORSE: now breaks failed-jobs: 100 % (at most 10 %)');
    await expect(compare('bad', 'bad')).resolves.toMatchObject({ code: 0 });
  });

  it('does not say that all is well of runs that are too short to tell', async () => {
    keep('short', JSON.stringify({ ...runOf(1), windows: [] }));
    await expect(compare('short', 'short')).resolves.toMatchObject({ code: 3 });
  });

  it('says in one line what it cannot read', async () => {
    keep('good', JSON.stringify(runOf(1)));
    keep('torn', '{"run":');
    mkdirSync(join(loadDir, 'results', 'interrupted'));
    await expect(compare('good', 'torn')).rejects.toThrow(
      /no result of a load run, or one of another version$/,
    );
    await expect(compare('good', 'interrupted')).rejects.toThrow(
      /^interrupted has no result: it is not over/,
    );
    await expect(compare('good', 'nothing')).rejects.toThrow(/^there is no run "nothing"/);
  });
});
