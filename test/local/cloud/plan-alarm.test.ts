import { metricAlarm } from '../../../lib/local/cloud/assembly/monitoring-schemas.ts';
import { metricAlarmOf } from '../../../lib/local/cloud/assembly/plan-alarm.ts';

const identity = { name: 'errors', arn: 'arn:aws:cloudwatch:eu-west-3:000000000000:alarm:errors' };

const single = {
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: 3,
  Threshold: 5,
  Namespace: 'AWS/Lambda',
  MetricName: 'Errors',
  Dimensions: [{ Name: 'FunctionName', Value: 'door' }],
  Period: 60,
  Statistic: 'Sum',
  TreatMissingData: 'notBreaching',
};

const { Namespace: _n, MetricName: _m, Dimensions: _d, Period: _p, Statistic: _s, ...rest } = single;

const query = (Id: string, more: object = {}) => ({
  Id,
  MetricStat: { Metric: { Namespace: 'N', MetricName: 'M', Dimensions: [] }, Period: 300, Stat: 'p99' },
  ReturnData: false,
  ...more,
});

const planned = (properties: object) => metricAlarmOf(identity, metricAlarm.parse(properties));

describe('a declared alarm', () => {
  it('on one metric is evaluated as it says', () => {
    expect(planned(single)).toMatchObject({
      periodMs: 60_000,
      datapointsToAlarm: 3,
      missingData: 'notBreaching',
      queries: [{ metric: { dimensions: { FunctionName: 'door' } }, statistic: { kind: 'Sum' } }],
      trigger: {
        MetricName: 'Errors',
        Statistic: 'SUM',
        Dimensions: [{ name: 'FunctionName', value: 'door' }],
      },
    });
  });

  it('on an expression watches what it returns, in the period of its metrics', () => {
    const expression = { Id: 'e1', Expression: 'MAX([m1, m2])', ReturnData: true };
    expect(planned({ ...rest, Metrics: [query('m1'), query('m2'), expression] })).toMatchObject({
      watched: 'e1',
      periodMs: 300_000,
    });
  });

  it("on one of DynamoDB's own metrics ignores gaps, whatever it says", () => {
    expect(planned({ ...single, Namespace: 'AWS/DynamoDB' }).missingData).toBe('ignore');
  });

  it.each([
    [{ ...single, Statistic: 'tm99' }, 'does not know the statistic "tm99"'],
    [{ ...rest, Metrics: [query('m1'), query('m2')] }, 'must return the data of exactly one query'],
    [
      {
        ...rest,
        Metrics: Array.from({ length: 11 }, (_, index) => query(`m${index}`, { ReturnData: index === 0 })),
      },
      'more than 10 metrics',
    ],
    [
      { ...rest, Metrics: [{ Id: 'e1', Expression: 'RATE(m1)' }, query('m1')] },
      'does not know the function RATE',
    ],
    [{ ...single, ThresholdMetricId: 'ad1' }, 'ThresholdMetricId'],
  ])('that cannot be evaluated stops the start with a sentence (%#)', (properties, sentence) => {
    expect(() => planned(properties)).toThrow(sentence);
  });
});
