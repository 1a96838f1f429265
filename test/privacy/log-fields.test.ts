import { metric } from '../../lib/pipeline/metric.ts';
import { sampleAttempt, sampleJob, sampleSkip } from '../../lib/privacy/check/sample-job.ts';
import { dataMap } from '../../lib/privacy/map/data-map.ts';
import { fieldsOf } from '../../lib/privacy/map/store.ts';
import { createApiTelemetry } from '../../lib/runtime/api/api-telemetry.ts';
import { printed } from '../runtime/printed-lines.ts';
import { aRecord } from '../runtime/sqs-record.ts';

/** The fields of a line by the data map, of what they are the first part. */
const mapped = (name: string): ReadonlySet<string> => {
  const store = dataMap.find((it) => it.name === name);
  return new Set(
    (store?.collections ?? []).flatMap(fieldsOf).map(({ path }) => path.replace(/(\[\]|\.).*/, '')),
  );
};

const metricNames: ReadonlySet<string> = new Set(Object.values(metric));

/** Fields that lines have and the map does not. */
const unmapped = (lines: readonly Record<string, unknown>[], log: string): string[] => {
  const known = mapped(log);
  const names = new Set(lines.flatMap((line) => Object.keys(line)));
  return [...names].filter((name) => !known.has(name) && !metricNames.has(name)).sort();
};

const error = new Error('canary');
const trail = { attempts: [sampleAttempt], skips: [sampleSkip] };

it('all that a worker says of jobs is in the data map', () => {
  const record = aRecord();
  const lines = printed((telemetry) => {
    telemetry.received([record], 1);
    telemetry.outcome(sampleJob, record, { kind: 'duplicate', end: { status: 'failed' } }, 1);
    telemetry.outcome(sampleJob, record, { kind: 'unwritten', error, attempts: [sampleAttempt] }, 1);
    telemetry.outcome(sampleJob, record, { kind: 'deferred', reason: 'quota', delayMs: 1, ...trail }, 1);
    const ending = { status: 'failed', reason: 'refused' } as const;
    telemetry.outcome(sampleJob, record, { kind: 'ended', ending, endedAtMs: 1, ...trail }, 1);
    telemetry.rejected(record, { reason: 'invalid', detail: 'is missing' });
    telemetry.deliveryError(record, error, { traceId: 'trace', delayMs: 1 });
    telemetry.fleetFault(error);
    telemetry.budgetWarning();
    telemetry.budgetRebuilt();
    telemetry.alertFault(error);
    telemetry.booked({ kind: 'lost', count: 1, error });
    telemetry.untold(1, error);
    telemetry.returnsRefused(1);
    telemetry.flush();
  });
  expect(lines.length).toBeGreaterThan(12);
  expect(unmapped(lines, '/aws/lambda/relay-<stage>-process-job-low')).toEqual([]);
  expect(JSON.stringify(lines)).not.toContain('canary');
});

it('all that the API says of requests is in the data map', () => {
  const lines = printed(() => {
    const telemetry = createApiTelemetry();
    telemetry.answered('GET /v1/health', 'request', 200, 1);
    telemetry.failed('GET /v1/health', 'request', error);
    telemetry.untold(error);
    telemetry.audited({
      ...{ chain: 'http-api', sequence: 1, atMs: 1, previousHash: '', hash: 'hash' },
      ...{ action: 'redrive', actor: 'client', target: 'lane', requestId: 'request', details: {} },
    });
  });
  expect(lines).toHaveLength(4);
  expect(unmapped(lines, '/aws/lambda/relay-<stage>-http-api')).toEqual([]);
});

it('a line with another field is found', () => {
  expect(unmapped([{ fanEmail: 'x' }], '/aws/lambda/relay-<stage>-http-api')).toEqual(['fanEmail']);
});
