import type { AwsRequest, Exchange, Interception } from '../aws-request.ts';
import { tablesIn } from '../dynamodb/tables-in.ts';
import { isRefusal } from '../json-service.ts';
import type { ScaledClock } from '../scaled-clock.ts';
import type { AlarmSpec } from './alarm.ts';
import { alarmMessage } from './alarm-message.ts';
import { type AlarmChange, type Alarms, createAlarms } from './alarms.ts';
import { metricsIn } from './emf.ts';
import { createMetricStore } from './metric-store.ts';
import {
  type InvocationMetrics,
  invocationMetrics,
  type Place,
  publishQueue,
  publishTableFailure,
  type QueueSight,
  type RequestMetrics,
  requestMetrics,
} from './service-metrics.ts';

/** What alarms watch and whom they tell. */
export type Watch = {
  alarms: readonly AlarmSpec[];
  queueNames: readonly string[];
  sight(queueName: string): QueueSight;
  publish(topicArn: string, subject: string, message: string): void;
  onChange(change: AlarmChange): void;
};

/** CloudWatch: metrics from what functions print and what services see, and the alarms on them. */
export type CloudWatch = {
  /** A line that a function has printed: metrics, if it is one of the Embedded Metric Format. */
  onLine(line: string): void;
  /** Counts what DynamoDB refuses. */
  onRequest(request: AwsRequest, exchange?: Exchange): void;
  invocations(functionName: string): InvocationMetrics;
  requests(apiId: string): RequestMetrics;
  /** Measures queues and evaluates alarms every minute from now on. */
  watch(watch: Watch): Alarms;
  stop(): void;
};

/** The last moment of the minute that ends: what is measured then belongs to it. */
const BEFORE_THE_END_MS = 1;

export const startCloudWatch = (clock: ScaledClock, region: string): CloudWatch => {
  const store = createMetricStore();
  const place = { store, now: clock.now, scale: clock.scale };
  const stops: (() => void)[] = [];
  return {
    onLine: (line) => {
      for (const { metric, samples } of metricsIn(line, clock.scale)) store.put(metric, samples, clock.now());
    },
    onRequest: ({ service, action }, exchange) => {
      if (service === 'dynamodb') exchange?.intercept(countFailures(place, action));
    },
    invocations: (functionName) => invocationMetrics(place, functionName),
    requests: (apiId) => requestMetrics(place, apiId),
    watch: ({ alarms: specs, queueNames, sight, publish, onChange }) => {
      const announce = (change: AlarmChange) => {
        const { subject, message } = alarmMessage({ change, wallMs: Date.now(), region });
        for (const topicArn of change.alarm.actions[change.to]) publish(topicArn, subject, message);
        onChange(change);
      };
      const alarms = createAlarms({ specs, store, onChange: announce }, clock.now());
      const stop = clock.everyMinute((minuteEndMs) => {
        const at = { ...place, now: () => minuteEndMs - BEFORE_THE_END_MS };
        for (const name of queueNames) publishQueue(at, name, sight(name), Date.now());
        alarms.evaluate(minuteEndMs);
      });
      stops.push(stop);
      return alarms;
    },
    stop: () => {
      for (const stop of stops) stop();
    },
  };
};

const countFailures =
  (place: Place, operation: string): Interception =>
  async (carryOut, input) => {
    try {
      return await carryOut(input);
    } catch (error) {
      if (isRefusal(error)) {
        const failure = { operation, statusCode: error.statusCode, type: String(error.body.__type) };
        for (const table of tablesIn(input)) publishTableFailure(place, { table, ...failure });
      }
      throw error;
    }
  };
