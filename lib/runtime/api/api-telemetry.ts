import { Logger } from '@aws-lambda-powertools/logger';
import { describeError } from '../describe-error.ts';

/** What is said of requests: routes, statuses, times, the request's id. Ids in URLs are the caller's words and stay out. */
export type ApiTelemetry = {
  answered(routeKey: string, requestId: string, status: number | undefined, durationMs: number): void;
  failed(routeKey: string, requestId: string, error: unknown): void;
  /** The event of a canceled job is not out; the worker that finds the job's message tells of it. */
  untold(error: unknown): void;
  /** Who changed what of the stage: `clientId` is a machine's name, the issuer's own. */
  audit(change: AuditedChange): void;
};

export type AuditedChange = {
  action: string;
  clientId: string;
  target: string;
  requestId: string;
  details: Readonly<Record<string, string | number | boolean | undefined>>;
};

export const createApiTelemetry = (): ApiTelemetry => {
  const logger = new Logger({ serviceName: 'http-api' });
  return {
    answered: (route, requestId, status = 0, durationMs) =>
      logger.info('request', { route, requestId, status, durationMs: Math.round(durationMs) }),
    failed: (route, requestId, error) =>
      logger.error('request failed', { route, requestId, ...describeError(error) }),
    untold: (error) => logger.error('event not published', error === undefined ? {} : describeError(error)),
    audit: ({ details, ...change }) => logger.warn('audit', { ...change, ...details }),
  };
};
