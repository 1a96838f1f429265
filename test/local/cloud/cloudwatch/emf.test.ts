import { metricsIn } from '../../../../lib/local/cloud/cloudwatch/emf.ts';
import { createMetricStore } from '../../../../lib/local/cloud/cloudwatch/metric-store.ts';
import { parseStatistic } from '../../../../lib/local/cloud/cloudwatch/statistic.ts';
import { printed } from '../../../runtime/printed-lines.ts';

const line = (members: object, directive: object = {}) =>
  JSON.stringify({
    _aws: {
      Timestamp: 0,
      CloudWatchMetrics: [
        {
          Namespace: 'Huntaze/Test',
          Dimensions: [['service', 'Lane']],
          Metrics: [{ Name: 'Jobs', Unit: 'Count' }],
          ...directive,
        },
      ],
    },
    service: 'process-job',
    Lane: 'low',
    ...members,
  });

describe('a line of the Embedded Metric Format', () => {
  it('publishes one value, and an array of values', () => {
    const metric = {
      namespace: 'Huntaze/Test',
      name: 'Jobs',
      dimensions: { service: 'process-job', Lane: 'low' },
    };
    expect(metricsIn(line({ Jobs: 3 }))).toEqual([{ metric, samples: [{ value: 3, count: 1 }] }]);
    expect(metricsIn(line({ Jobs: [1, 2] }))[0]?.samples.map(({ value }) => value)).toEqual([1, 2]);
  });

  it('publishes each metric once per set of dimensions', () => {
    const sets = [['service'], ['service', 'Lane'], []];
    expect(metricsIn(line({ Jobs: 1 }, { Dimensions: sets })).map(({ metric }) => metric.dimensions)).toEqual(
      [{ service: 'process-job' }, { service: 'process-job', Lane: 'low' }, {}],
    );
  });

  it('publishes nothing of what it lacks: a dimension, a value, or the form itself', () => {
    expect(metricsIn(line({ Jobs: 1 }, { Dimensions: [['Absent']] }))).toEqual([]);
    expect(metricsIn(line({}))).toEqual([]);
    expect(metricsIn(line({ Jobs: 'many' }))).toEqual([]);
    expect(metricsIn('{"message":"\\"_aws\\""}')).toEqual([]);
    expect(metricsIn('Task timed out')).toEqual([]);
  });

  it('has up to 100 values of a metric, 100 metrics and 30 dimensions, and publishes nothing with more', () => {
    const names = (count: number) => Array.from({ length: count }, (_, nth) => `name${nth}`);
    const said = (count: number) => Object.fromEntries(names(count).map((name) => [name, 'x']));
    const published = (members: object, directive: object = {}) => metricsIn(line(members, directive)).length;
    expect(published({ Jobs: Array(100).fill(1) })).toBe(1);
    expect(published({ Jobs: Array(101).fill(1) })).toBe(0);
    const metrics = (count: number) => ({ Metrics: Array(count).fill({ Name: 'Jobs' }) });
    expect(published({ Jobs: 1 }, metrics(100))).toBe(100);
    expect(published({ Jobs: 1 }, metrics(101))).toBe(0);
    expect(published({ Jobs: 1, ...said(30) }, { Dimensions: [names(30)] })).toBe(1);
    expect(published({ Jobs: 1, ...said(31) }, { Dimensions: [names(31)] })).toBe(0);
  });

  it('is what the functions print', () => {
    const lines = printed((telemetry) => {
      telemetry.returnsRefused(2);
      telemetry.returnsRefused(3);
      telemetry.flush();
    });
    expect(lines.flatMap((printedLine) => metricsIn(JSON.stringify(printedLine)))).toEqual([
      {
        metric: {
          namespace: 'Relay/test',
          name: 'DeliveryErrors',
          dimensions: { service: 'process-job', Lane: 'low' },
        },
        samples: [
          { value: 2, count: 1 },
          { value: 3, count: 1 },
        ],
      },
    ]);
  });
});

it('times that a function measures are as much longer as the time of metrics runs faster, and counts are not', () => {
  const line = JSON.stringify({
    _aws: {
      Timestamp: 0,
      CloudWatchMetrics: [
        {
          Namespace: 'N',
          Dimensions: [['service']],
          Metrics: [
            { Name: 'MessageAge', Unit: 'Milliseconds' },
            { Name: 'Waited', Unit: 'Seconds' },
            { Name: 'JobsFailed', Unit: 'Count' },
          ],
        },
      ],
    },
    service: 'process-job',
    MessageAge: 2_500,
    Waited: 2,
    JobsFailed: 3,
  });
  const values = metricsIn(line, 60).map(({ samples }) => samples.map(({ value }) => value));
  expect(values).toEqual([[150_000], [120], [3]]);
});

describe('the statistics of a metric', () => {
  const metric = { namespace: 'N', name: 'M', dimensions: { a: '1', b: '2' } };
  const statistic = (name: string, fromMs = 0, toMs = 60_000) => {
    const store = createMetricStore();
    const samples = [4, 1, 3, 2].map((value) => ({ value, count: 1 }));
    store.put({ ...metric, dimensions: { b: '2', a: '1' } }, samples, 59_999);
    store.put({ ...metric, dimensions: { a: '1' } }, [{ value: 1_000, count: 1 }], 0);
    store.put(metric, [{ value: 50, count: 2 }], 60_000);
    const parsed = parseStatistic(name);
    return parsed && store.statistic(metric, parsed, fromMs, toMs);
  };

  it.each([
    ['Sum', 10],
    ['Average', 2.5],
    ['Minimum', 1],
    ['Maximum', 4],
    ['SampleCount', 4],
    ['p50', 2],
    ['p75.0', 3],
    ['p100', 4],
    ['tm90', undefined],
  ])('%s is %p', (name, expected) => {
    expect(statistic(name)).toBe(expected);
  });

  it('are of the minutes asked for, and undefined when there were no data', () => {
    expect(statistic('Sum', 0, 120_000)).toBe(110);
    expect(statistic('Sum', 60_000, 120_000)).toBe(100);
    expect(statistic('Sum', 120_000, 180_000)).toBeUndefined();
  });
});
