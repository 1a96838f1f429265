import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DoorMetric } from '../pipeline/metric.ts';
import { describeError } from './describe-error.ts';

/** What a function that works for the whole stage says: numbers and words of ours. */
export type StageTelemetry = {
  measure(metric: DoorMetric, value: number): void;
  info(message: string, details: Details): void;
  warn(message: string, details: Details): void;
  failed(message: string, error: unknown): void;
  /** Writes the metrics as one EMF line. */
  flush(): void;
};

type Details = Readonly<Record<string, number | string>>;

export const createStageTelemetry = (service: string, namespace: string): StageTelemetry => {
  const logger = new Logger({ serviceName: service });
  const metrics = new Metrics({ namespace, serviceName: service });
  return {
    measure: ({ name }, value) => metrics.addMetric(name, MetricUnit.Count, value),
    info: (message, details) => logger.info(message, details),
    warn: (message, details) => logger.warn(message, details),
    failed: (message, error) => logger.error(message, describeError(error)),
    flush: () => metrics.publishStoredMetrics(),
  };
};
