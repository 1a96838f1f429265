import fc from 'fast-check';
import { evaluate, type Value } from '../../../../lib/local/cloud/cloudwatch/math/evaluate-expression.ts';
import { parseExpression } from '../../../../lib/local/cloud/cloudwatch/math/parse-expression.ts';

const resultOf = (text: string, series: Record<string, Value> = {}): Value =>
  evaluate(parseExpression(text), { valueOf: (id) => series[id], metrics: () => Object.values(series) });

describe('metric math', () => {
  it.each<[string, Value]>([
    ['1 + 2 * 3 - 4 / 2', 5],
    ['(1 + 2) * -3', -9],
    ['8 - 4 - 2', 2],
    ['2 ^ 3 * 2', 16],
    ['1 < 2 AND 2 >= 2', 1],
    ['1 == 2 || 1 != 2', 1],
    ['a / b', undefined],
    ['b / a', 0],
    ['gap + 1', undefined],
    ['gap > 1', undefined],
    ['SUM([a, gap, b])', 4],
    ['SUM([gap, gap])', undefined],
    ['AVG([a, 2, gap])', 3],
    ['MAX([a, 7]) - MIN([a, 7])', 3],
    ['SUM(METRICS())', 4],
    ['FILL(gap, 0)', 0],
    ['FILL(a, 0)', 4],
    ['IF(a > 3, 10, 20)', 10],
    ['IF(a > 4, 10, 20)', 20],
    ['IF(a > 4, 10)', undefined],
    ['IF(gap, 10, 20)', undefined],
  ])('%s is %p', (text, expected) => {
    expect(resultOf(text, { a: 4, b: 0, gap: undefined })).toBe(expected);
  });

  it.each([
    ['ANOMALY_DETECTION_BAND(a)', 'the local cloud does not know the function ANOMALY_DETECTION_BAND'],
    ['1 +', 'a value is missing before "the end"'],
    ['(1', '")" is missing before "the end"'],
    ['a b', '"b" is one word too many'],
    ['a ? b', 'cannot be read from "? b" on'],
  ])('%s is refused with a sentence', (text, sentence) => {
    expect(() => parseExpression(text)).toThrow(sentence);
  });

  it.each(['SUM(a)', 'FILL(a, REPEAT)', '[a] + 1'])(
    '%s, which makes no time series here, is refused',
    (text) => {
      expect(() => resultOf(text, { a: 1 })).toThrow();
    },
  );

  it('sums, whatever is missing, what is there', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer(), { nil: undefined }), { minLength: 1, maxLength: 10 }),
        (list) => {
          const series = Object.fromEntries(list.map((value, index) => [`m${index}`, value]));
          const present = list.filter((value) => value !== undefined);
          const sum = resultOf(`SUM([${Object.keys(series).join(', ')}])`, series);
          expect(sum).toBe(present.length === 0 ? undefined : present.reduce((a, b) => a + b, 0));
        },
      ),
    );
  });
});
