import { Logger } from '@aws-lambda-powertools/logger';
import type { AuditRecord } from '../../pipeline/privacy/audit-chain.ts';
import { describeError } from '../describe-error.ts';

/** What is said of requests: routes, statuses, times, the request's id. Ids in URLs are the caller's words and stay out. */
export type ApiTelemetry = {
  answered(routeKey: string, requestId: string, status: number | undefined, durationMs: number): void;
  failed(routeKey: string, requestId: string, error: unknown): void;
  /** The event of a canceled job is not out; the worker that finds the job's message tells of it. */
  untold(error: unknown): void;
  /** A record of the audit trail, once it is there: what the log has, the table cannot take back. */
  audited(record: AuditRecord): void;
};

export const createApiTelemetry = (): ApiTelemetry => {
  const logger = new Logger({ serviceName: 'http-api' });
  return {
    answered: (route, requestId, status = 0, durationMs) =>
      logger.info('request', { route, requestId, status, durationMs: Math.round(durationMs) }),
    failed: (route, requestId, error) =>
      logger.error('request failed', { route, requestId, ...describeError(error) }),
    untold: (error) => logger.error('event not published', error === undefined ? {} : describeError(error)),
    audited: ({ details, previousHash: _inTheOneBefore, ...record }) =>
      logger.warn('audit', { ...details, ...record }),
  };
};
