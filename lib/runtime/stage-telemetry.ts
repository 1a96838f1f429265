import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DoorMetricName } from '../pipeline/metric.ts';

/** What a function that works for the whole stage says: numbers and words of ours. */
export type StageTelemetry = {
  measure(name: DoorMetricName, value: number): void;
  info(message: string, details: Readonly<Record<string, number | string>>): void;
  /** Only the error's name: its message may quote what it choked on. */
  failed(message: string, error: unknown): void;
  /** Writes the metrics as one EMF line. */
  flush(): void;
};

export const createStageTelemetry = (service: string, namespace: string): StageTelemetry => {
  const logger = new Logger({ serviceName: service });
  const metrics = new Metrics({ namespace, serviceName: service });
  return {
    measure: (name, value) => metrics.addMetric(name, MetricUnit.Count, value),
    info: (message, details) => logger.info(message, details),
    failed: (message, error) =>
      logger.error(message, { error: error instanceof Error ? error.name : typeof error }),
    flush: () => metrics.publishStoredMetrics(),
  };
};
