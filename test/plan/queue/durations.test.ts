import fc from 'fast-check';
import { fromQuantiles, meanOfQuantiles, quantilesOf } from '../../../lib/plan/queue/durations.ts';
import { createTimeHeap } from '../../../lib/plan/queue/time-heap.ts';
import { createWaitHistogram } from '../../../lib/plan/queue/wait-histogram.ts';
import { seededRandom } from '../../../lib/seeded-random.ts';

const durations = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 400 });

describe('durations', () => {
  it('are drawn as they were measured', () => {
    const random = seededRandom(3);
    const measured = Array.from({ length: 2_000 }, () => 500 + 4_000 * random.next() ** 3);
    const quantiles = quantilesOf(measured, 200);
    const draw = fromQuantiles(quantiles);
    const drawn = Array.from({ length: 20_000 }, () => draw(random.next()));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(drawn) / mean(measured)).toBeCloseTo(1, 1);
    expect(meanOfQuantiles(quantiles) / mean(measured)).toBeCloseTo(1, 2);
    expect(draw(0)).toBe(Math.min(...measured));
  });

  it('stay within what was measured', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 0.999999, noNaN: true }), (measured, draw) => {
        const drawn = fromQuantiles(quantilesOf(measured, 50))(draw);
        expect(drawn).toBeGreaterThanOrEqual(Math.min(...measured));
        expect(drawn).toBeLessThanOrEqual(Math.max(...measured));
      }),
    );
  });
});

describe('a heap of instants', () => {
  it('gives them back in order, whatever is pushed in between', () => {
    const steps = fc.array(fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(undefined)));
    fc.assert(
      fc.property(steps, (script) => {
        const heap = createTimeHeap();
        let model: number[] = [];
        for (const step of script) {
          if (step !== undefined) {
            heap.push(step);
            model = [...model, step].toSorted((a, b) => a - b);
          } else if (model.length > 0) {
            heap.pop();
            model = model.slice(1);
          }
          expect(heap.earliest()).toBe(model[0] ?? Infinity);
          expect(heap.size()).toBe(model.length);
        }
      }),
    );
  });

  it('holds more than it has room for at first', () => {
    const heap = createTimeHeap();
    for (let at = 5_000; at > 0; at -= 1) heap.push(at);
    expect(heap.earliest()).toBe(1);
    for (let at = 1; at <= 5_000; at += 1) heap.pop();
    expect(heap.size()).toBe(0);
  });
});

describe('a histogram of waits', () => {
  it('knows percentiles to half a percent', () => {
    fc.assert(
      fc.property(durations, fc.integer({ min: 1, max: 100 }), (waits, percent) => {
        const histogram = createWaitHistogram();
        for (const wait of waits) histogram.add(wait);
        const exact = waits.toSorted((a, b) => a - b)[Math.ceil((percent / 100) * waits.length) - 1] ?? 0;
        expect(Math.abs(histogram.percentile(percent) / exact - 1)).toBeLessThan(0.005);
      }),
    );
  });

  it('has none while it is empty', () => {
    expect(createWaitHistogram().percentile(50)).toBeNaN();
  });
});
