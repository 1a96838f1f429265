import fc from 'fast-check';
import {
  addCut,
  addTimes,
  emptySketch,
  explainLimits,
  type LatencySketch,
  LEAST_CALLS,
  latencySketch,
  learnLimits,
  mergeSketches,
} from '../../../lib/pipeline/fleet/latency.ts';
import type { CallLimits, CallTimes } from '../../../lib/pipeline/model/call-limits.ts';

const MINUTE_MS = 60_000;

const configured: CallLimits = {
  firstEventMs: 3_500,
  betweenEventsMs: 20_000,
  totalMs: 45_000,
  basis: { kind: 'configured' },
};

const usual: CallTimes = { firstEventMs: 300, longestGapMs: 1_500, totalMs: 4_000 };

const sketchOf = (times: readonly CallTimes[], nowMs = 0): LatencySketch =>
  times.reduce((sketch, each) => addTimes(sketch, each, nowMs), emptySketch(nowMs));

const usualCalls = (calls: number, nowMs = 0) =>
  sketchOf(
    Array.from({ length: calls }, () => usual),
    nowMs,
  );

const samplesIn = (sketch: LatencySketch, nowMs: number): number => {
  const { basis } = learnLimits(mergeSketches(sketch, emptySketch(nowMs), nowMs), configured);
  return basis.kind === 'learned' ? basis.samples : 0;
};

const anyMs = fc.integer({ min: -1_000, max: 200_000 });
const anyTimes = fc.record({ firstEventMs: anyMs, longestGapMs: anyMs, totalMs: anyMs });

describe('limits learned from recent calls', () => {
  it('are the configured ones until there are enough calls', () => {
    expect(learnLimits(usualCalls(LEAST_CALLS - 1), configured)).toBe(configured);
    expect(learnLimits(usualCalls(LEAST_CALLS), configured).basis.kind).toBe('learned');
  });

  it('leave a margin above the p99, which is read high by a fifth at most', () => {
    expect(learnLimits(usualCalls(200), configured)).toEqual({
      firstEventMs: 1_000,
      betweenEventsMs: 2_646,
      totalMs: 7_655,
      basis: {
        kind: 'learned',
        samples: 200,
        p99Ms: { firstEvent: 310, betweenEvents: 1_597, total: 4_770 },
      },
    });
  });

  it('rest on a p99 that is never below the true one, nor a fifth above it', () => {
    const totals = fc.array(fc.integer({ min: 51, max: 29_000 }), { minLength: LEAST_CALLS, maxLength: 600 });
    fc.assert(
      fc.property(totals, (drawn) => {
        const { basis } = learnLimits(sketchOf(drawn.map((totalMs) => ({ ...usual, totalMs }))), configured);
        if (basis.kind !== 'learned') throw new Error('nothing learned');
        const trueMs = drawn.toSorted((a, b) => b - a)[Math.floor(drawn.length / 100)] ?? 0;
        expect(basis.p99Ms.total).toBeGreaterThanOrEqual(trueMs - 1);
        expect(basis.p99Ms.total).toBeLessThanOrEqual(trueMs * 1.2 + 1);
      }),
      { numRuns: 100 },
    );
  });

  it('are never above the configured ones, nor below their floor', () => {
    fc.assert(
      fc.property(
        anyTimes,
        fc.record({ first: fc.nat(60_000), gap: fc.nat(60_000) }),
        (times, { first, gap }) => {
          const given: CallLimits = { ...configured, firstEventMs: first, betweenEventsMs: gap };
          const limits = learnLimits(sketchOf(Array.from({ length: LEAST_CALLS }, () => times)), given);
          expect(limits.firstEventMs).toBeLessThanOrEqual(first);
          expect(limits.firstEventMs).toBeGreaterThanOrEqual(Math.min(first, 1_000));
          expect(limits.betweenEventsMs).toBeLessThanOrEqual(gap);
          expect(limits.betweenEventsMs).toBeGreaterThanOrEqual(Math.min(gap, 1_500));
          expect(limits.totalMs).toBeLessThanOrEqual(configured.totalMs);
          expect(limits.totalMs).toBeGreaterThanOrEqual(3_000);
        },
      ),
    );
  });

  it('are called configured when none of them is shorter', () => {
    const slow: CallTimes = { firstEventMs: 3_000, longestGapMs: 19_000, totalMs: 44_000 };
    expect(learnLimits(sketchOf(Array.from({ length: 300 }, () => slow)), configured)).toBe(configured);
  });
});

describe('a sketch of latencies', () => {
  it('fades by half every half hour', () => {
    expect(samplesIn(usualCalls(1_000), 30 * MINUTE_MS)).toBe(500);
    expect(samplesIn(usualCalls(1_000), 90 * MINUTE_MS)).toBe(125);
    expect(samplesIn(usualCalls(1_000), 120 * MINUTE_MS)).toBe(0);
  });

  it('fades as fast when it is merged every second', () => {
    let sketch = usualCalls(1_000);
    for (let nowMs = 0; nowMs <= 60 * MINUTE_MS; nowMs += 1_000)
      sketch = mergeSketches(sketch, emptySketch(nowMs), nowMs);
    expect(samplesIn(sketch, 60 * MINUTE_MS)).toBe(250);
  });

  it('forgets a lone call in the end', () => {
    let sketch = usualCalls(1);
    for (let nowMs = 0; nowMs <= 300 * MINUTE_MS; nowMs += MINUTE_MS)
      sketch = mergeSketches(sketch, emptySketch(nowMs), nowMs);
    expect(sketch).toEqual(emptySketch(300 * MINUTE_MS));
  });

  it('never grows when a clock runs ahead of another', () => {
    const ahead = usualCalls(200, 60 * MINUTE_MS);
    expect(samplesIn(ahead, 0)).toBe(200);
  });

  it('weighs as much merged as its parts do, whichever comes first', () => {
    fc.assert(
      fc.property(
        fc.array(anyTimes),
        fc.array(anyTimes),
        fc.nat(10 ** 7),
        fc.nat(10 ** 7),
        (one, other, a, b) => {
          const [first, second] = [sketchOf(one, a), sketchOf(other, b)];
          const nowMs = Math.max(a, b);
          expect(mergeSketches(first, second, nowMs)).toEqual(mergeSketches(second, first, nowMs));
        },
      ),
    );
    expect(mergeSketches(usualCalls(100), usualCalls(50), 0)).toEqual(usualCalls(150));
  });

  it('fits one write unit of 1 KB with its key, whatever the calls took', () => {
    const part = fc.array(anyTimes, { maxLength: 300 }).map((times) => sketchOf(times));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.nat(10 ** 7), (parts, nowMs) => {
        const merged = parts.reduce((all, each) => mergeSketches(all, each, nowMs), emptySketch(nowMs));
        expect(latencySketch.parse(JSON.parse(JSON.stringify(merged)))).toEqual(merged);
        expect(JSON.stringify(merged).length).toBeLessThan(900);
      }),
      { numRuns: 60 },
    );
  });

  it('is small as it usually is: 4,000 calls of one kind, half an hour on', () => {
    const spreadCalls = Array.from({ length: 4_000 }, (_, n) => {
      const factor = 3 ** (2 * (n / 4_000) - 1);
      return { firstEventMs: 200 * factor, longestGapMs: 1_500 * factor, totalMs: 4_000 * factor };
    });
    const aged = mergeSketches(sketchOf(spreadCalls), emptySketch(0), 35 * MINUTE_MS);
    expect(JSON.stringify(aged).length).toBeLessThan(450);
  });

  it('weighs 4,096 calls at most', () => {
    let sketch = emptySketch(0);
    for (let part = 0; part < 100; part += 1) sketch = mergeSketches(sketch, usualCalls(100), 0);
    expect(samplesIn(sketch, 0)).toBeGreaterThan(2_000);
    expect(samplesIn(sketch, 0)).toBeLessThanOrEqual(4_096);
  });

  it.each([
    ['a negative count', { ...emptySketch(0), total: [-1] }],
    ['too many buckets', { ...emptySketch(0), total: Array.from({ length: 42 }, () => 1) }],
    ['a missing histogram', { agedToStep: 0, firstEvent: [], total: [] }],
    ['no sketch', 'text'],
  ])('is not read from %s', (_, value) => {
    expect(latencySketch.safeParse(value).success).toBe(false);
  });
});

describe('a call that a limit cut off', () => {
  it('raises that limit alone once 1 % of the calls were cut, to more than the double', () => {
    let sketch = usualCalls(1_000);
    const before = learnLimits(sketch, configured);
    for (let cuts = 0; cuts < 10; cuts += 1)
      sketch = addCut(sketch, 'betweenEvents', before.betweenEventsMs, 0);
    expect(learnLimits(sketch, configured).betweenEventsMs).toBe(before.betweenEventsMs);
    sketch = addCut(sketch, 'betweenEvents', before.betweenEventsMs, 0);
    const after = learnLimits(sketch, configured);
    expect(after.betweenEventsMs).toBeGreaterThan(2 * before.betweenEventsMs);
    expect({ ...after, betweenEventsMs: 0, basis: 0 }).toEqual({ ...before, betweenEventsMs: 0, basis: 0 });
  });
});

describe('the reason for limits', () => {
  it('is told in one sentence', () => {
    const limits: CallLimits = {
      firstEventMs: 1_113,
      betweenEventsMs: 1_500,
      totalMs: 45_000,
      basis: { kind: 'learned', samples: 412, p99Ms: { firstEvent: 575, betweenEvents: 200, total: 30_800 } },
    };
    expect(explainLimits(limits)).toBe(
      'first event within 1.1 s (1.5 x the p99 of 575 ms, plus 250 ms); at most 1.5 s between events (never less, ' +
        'the p99 is 200 ms); all within 45.0 s (as configured, the p99 is 30.8 s): learned from 412 recent calls.',
    );
    expect(explainLimits({ ...configured, totalMs: 4_000, basis: { kind: 'asked' } })).toBe(
      "first event within 3.5 s; at most 20.0 s between events; all within 4.0 s: in all as the job's own timeoutMs " +
        'asks, else as configured.',
    );
    expect(explainLimits(configured)).toBe(
      'first event within 3.5 s; at most 20.0 s between events; all within 45.0 s: as configured.',
    );
  });
});
