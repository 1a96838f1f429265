import type { Dimensions, MetricStore } from './metric-store.ts';

/** Where measurements go, and in what time. */
export type Place = { store: MetricStore; now(): number; scale: number };

/** Writes one value of a metric of an AWS service, now. */
const publish = ({ store, now }: Place, namespace: string, dimensions: Dimensions) => {
  return (name: string, value: number) =>
    store.put({ namespace, name, dimensions }, [{ value, count: 1 }], now());
};

/** What Lambda tells of a function's invocations. */
export type InvocationMetrics = {
  started(concurrent: number): void;
  ended(failed: boolean, durationMs: number): void;
  throttled(): void;
};

/** Durations are in metric time, like all that AWS measures: in scaled time a second's work has taken a minute. */
export const invocationMetrics = (place: Place, functionName: string): InvocationMetrics => {
  const put = publish(place, 'AWS/Lambda', { FunctionName: functionName });
  return {
    started: (concurrent) => put('ConcurrentExecutions', concurrent),
    ended: (failed, durationMs) => {
      put('Invocations', 1);
      put('Errors', failed ? 1 : 0);
      put('Throttles', 0);
      put('Duration', durationMs * place.scale);
    },
    throttled: () => put('Throttles', 1),
  };
};

/** What API Gateway tells of an API's requests. */
export type RequestMetrics = { answered(status: number, durationMs: number): void };

/** Of all stages and routes of an HTTP API together. */
export const requestMetrics = (place: Place, apiId: string): RequestMetrics => {
  const put = publish(place, 'AWS/ApiGateway', { ApiId: apiId });
  return {
    answered: (status, durationMs) => {
      put('Count', 1);
      put('4xx', status >= 400 && status < 500 ? 1 : 0);
      put('5xx', status >= 500 ? 1 : 0);
      put('Latency', durationMs * place.scale);
    },
  };
};

/** A message that is not deleted: when it was sent, by this machine's clock, and how often received. */
export type HeldMessage = { sentAtMs: number; receives: number };

/** A queue at one moment. */
export type QueueSight = {
  visible: number;
  inFlight: number;
  delayed: number;
  messages: readonly HeldMessage[];
};

/**
 * A message that was received so often and is still there is at the back of the queue, and its age in no metric (SQS
 * developer guide, "Available CloudWatch metrics for Amazon SQS").
 */
const RECEIVES_TO_THE_BACK = 3;

/** Puts what SQS tells of a queue every minute. Ages are in metric time. */
export const publishQueue = (place: Place, queueName: string, sight: QueueSight, wallMs: number): void => {
  const put = publish(place, 'AWS/SQS', { QueueName: queueName });
  const oldestMs = sight.messages
    .filter(({ receives }) => receives < RECEIVES_TO_THE_BACK)
    .reduce((oldest, { sentAtMs }) => Math.min(oldest, sentAtMs), wallMs);
  put('ApproximateNumberOfMessagesVisible', sight.visible);
  put('ApproximateNumberOfMessagesNotVisible', sight.inFlight);
  put('ApproximateNumberOfMessagesDelayed', sight.delayed);
  put('ApproximateAgeOfOldestMessage', Math.floor(((wallMs - oldestMs) * place.scale) / 1000));
};

const THROTTLES = /ProvisionedThroughputExceededException|ThrottlingException/;

/** Counts a request of DynamoDB that was refused or failed, by table. */
export const publishTableFailure = (
  place: Place,
  failure: { table: string; operation: string; statusCode: number; type: string },
): void => {
  const { table, operation, statusCode, type } = failure;
  const byOperation = publish(place, 'AWS/DynamoDB', { TableName: table, Operation: operation });
  if (statusCode >= 500) byOperation('SystemErrors', 1);
  if (!THROTTLES.test(type)) return;
  byOperation('ThrottledRequests', 1);
  const isRead = /^(Get|BatchGet|Query|Scan|TransactGet)/.test(operation);
  publish(place, 'AWS/DynamoDB', { TableName: table })(
    isRead ? 'ReadThrottleEvents' : 'WriteThrottleEvents',
    1,
  );
};
