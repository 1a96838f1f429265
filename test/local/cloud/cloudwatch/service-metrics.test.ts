import { createMetricStore } from '../../../../lib/local/cloud/cloudwatch/metric-store.ts';
import {
  invocationMetrics,
  publishQueue,
  publishTableFailure,
  requestMetrics,
} from '../../../../lib/local/cloud/cloudwatch/service-metrics.ts';
import { parseStatistic } from '../../../../lib/local/cloud/cloudwatch/statistic.ts';

/** A place to put metrics in, in a time that runs 60 times as fast, and what is then found there. */
const measured = () => {
  const store = createMetricStore();
  return {
    place: { store, now: () => 0, scale: 60 },
    found: (namespace: string, dimensions: Record<string, string>, name: string, statistic = 'Sum') => {
      const parsed = parseStatistic(statistic);
      return parsed && store.statistic({ namespace, name, dimensions }, parsed, 0, 60_000);
    },
  };
};

it('a queue shows how many messages wait, and how old the oldest is in the time of metrics', () => {
  const { place, found } = measured();
  publishQueue(
    place,
    'lane',
    { visible: 2, inFlight: 1, delayed: 0, messages: [9_000, 7_000, 8_500].map((ms) => held(ms)) },
    10_000,
  );
  const of = (name: string) => found('AWS/SQS', { QueueName: 'lane' }, name, 'Maximum');
  expect([of('ApproximateNumberOfMessagesVisible'), of('ApproximateNumberOfMessagesNotVisible')]).toEqual([
    2, 1,
  ]);
  expect(of('ApproximateAgeOfOldestMessage')).toBe(180);
});

const held = (sentAtMs: number, receives = 0) => ({ sentAtMs, receives });

it('a queue forgets the age of what was received three times, and counts it all the same', () => {
  const { place, found } = measured();
  const ageAfter = (...messages: ReturnType<typeof held>[]) => {
    publishQueue(place, 'lane', { visible: 0, inFlight: messages.length, delayed: 0, messages }, 10_000);
    const of = (name: string) => found('AWS/SQS', { QueueName: 'lane' }, name, 'Maximum');
    return [of('ApproximateAgeOfOldestMessage'), of('ApproximateNumberOfMessagesNotVisible')];
  };
  expect(ageAfter(held(1_000, 3))).toEqual([0, 1]);
  expect(ageAfter(held(1_000, 4), held(9_000, 2))).toEqual([60, 2]);
  expect(ageAfter(held(1_000, 2))).toEqual([540, 2]);
});

it('an empty queue has an age of 0', () => {
  const { place, found } = measured();
  publishQueue(place, 'lane', { visible: 0, inFlight: 0, delayed: 0, messages: [] }, 10_000);
  expect(found('AWS/SQS', { QueueName: 'lane' }, 'ApproximateAgeOfOldestMessage')).toBe(0);
});

it('a function shows invocations, errors, throttles and durations', () => {
  const { place, found } = measured();
  const metrics = invocationMetrics(place, 'door');
  metrics.started(3);
  metrics.ended(false, 1_000);
  metrics.ended(true, 2_000);
  metrics.throttled();
  const of = (name: string, statistic?: string) =>
    found('AWS/Lambda', { FunctionName: 'door' }, name, statistic);
  expect([of('Invocations'), of('Errors'), of('Throttles')]).toEqual([2, 1, 1]);
  expect([of('Duration', 'Maximum'), of('ConcurrentExecutions', 'Maximum')]).toEqual([120_000, 3]);
});

it('a table shows what it throttled and what failed for reasons of its own', () => {
  const { place, found } = measured();
  const failure = { table: 'jobs', operation: 'UpdateItem', statusCode: 400 };
  publishTableFailure(place, { ...failure, type: 'com.amazonaws#ProvisionedThroughputExceededException' });
  publishTableFailure(place, { ...failure, operation: 'Query', type: 'x#ThrottlingException' });
  publishTableFailure(place, { ...failure, type: 'x#ConditionalCheckFailedException' });
  publishTableFailure(place, { ...failure, statusCode: 503, type: 'x#ServiceUnavailable' });
  const ofTable = (name: string) => found('AWS/DynamoDB', { TableName: 'jobs' }, name);
  expect([ofTable('WriteThrottleEvents'), ofTable('ReadThrottleEvents')]).toEqual([1, 1]);
  const ofWrites = { TableName: 'jobs', Operation: 'UpdateItem' };
  expect(found('AWS/DynamoDB', ofWrites, 'ThrottledRequests')).toBe(1);
  expect(found('AWS/DynamoDB', ofWrites, 'SystemErrors')).toBe(1);
});

it('an API shows how many requests were refused and failed, and their latency in the time of metrics', () => {
  const { place, found } = measured();
  const { answered } = requestMetrics(place, 'api');
  for (const status of [200, 304, 400, 499, 500, 599]) answered(status, 10);
  const of = (name: string, statistic?: string) => found('AWS/ApiGateway', { ApiId: 'api' }, name, statistic);
  expect([of('Count'), of('4xx'), of('5xx'), of('Latency', 'Maximum')]).toEqual([6, 2, 2, 600]);
});
