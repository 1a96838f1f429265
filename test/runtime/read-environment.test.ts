import * as z from 'zod/mini';
import { environment } from '../../functions/process-job/environment.ts';
import { readEnvironment } from '../../lib/runtime/read-environment.ts';

const variables = {
  LANE: 'low',
  QUEUE_URL: 'http://127.0.0.1:4566/000000000000/relay-local-low',
  DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:4566/000000000000/relay-local-low-dlq',
  JOBS_TABLE: 'relay-local-jobs',
  SUBJECT_KEYS_TABLE: 'relay-local-subject-keys',
  CONTENT_KEY: 'arn:aws:kms:eu-west-3:000000000000:key/content',
  FLEET_TABLE: 'relay-local-fleet',
  ALERTS_QUEUE_URL: 'http://127.0.0.1:4566/000000000000/relay-local-alerts',
  LEDGER_TABLE: 'relay-local-ledger',
  TOTALS_TABLE: 'relay-local-totals',
  RESULTS_TOPIC: 'arn:aws:sns:eu-west-1:000000000000:relay-local-results',
  LEDGER_REPAIR_QUEUE_URL: 'http://127.0.0.1:4566/000000000000/relay-local-ledger-repair',
  LEDGER_RETENTION_SECONDS: '34560000',
  PROVIDER_KEYS_SECRET: 'arn:aws:secretsmanager:eu-west-3:000000000000:secret:keys',
  PROVIDER_URLS: '{"openai":"https://eu.api.openai.com/v1"}',
  METRICS_NAMESPACE: 'Relay/local',
  PARALLELISM: '3',
  PATIENCE_MS: '21600000',
  RESERVE_MS: '8000',
  JOB_RETENTION_SECONDS: '604800',
  USER_STARTS_PER_MINUTE: '10',
  QUOTAS: '[{"provider":"openai","modelId":"gpt-5","requestsPerMinute":500,"tokensPerMinute":30000}]',
  BUDGETS: '{"perDayMicroUsd":5000000,"criticalShare":0.1,"tenants":{"t1":null}}',
  MAX_RECEIVES: '200',
  LAST_RUNGS: 'at-deadline',
  SERVICE_TIER: 'flex',
  ANSWER_FRESH_SECONDS: '3600',
  DEFAULT_ANSWER: 'Merci !',
  DEMANDS: '{"consentRef":true,"disclosed":false}',
};

const read = (changes: Record<string, string | undefined>) => () =>
  readEnvironment(environment, { ...variables, ...changes });

it('hands out the variables of the schema, parsed, and no others', () => {
  expect(read({ AWS_SECRET_ACCESS_KEY: 'canary' })()).toEqual({
    ...variables,
    PROVIDER_URLS: { openai: 'https://eu.api.openai.com/v1' },
    PARALLELISM: 3,
    PATIENCE_MS: 21_600_000,
    MAX_RECEIVES: 200,
    RESERVE_MS: 8_000,
    JOB_RETENTION_SECONDS: 604_800,
    LEDGER_RETENTION_SECONDS: 34_560_000,
    USER_STARTS_PER_MINUTE: 10,
    QUOTAS: [{ provider: 'openai', modelId: 'gpt-5', requestsPerMinute: 500, tokensPerMinute: 30_000 }],
    BUDGETS: { perDayMicroUsd: 5_000_000, criticalShare: 0.1, tenants: { t1: null } },
    ANSWER_FRESH_SECONDS: 3_600,
    DEMANDS: { consentRef: true, disclosed: false },
  });
});

it.each<[string, Record<string, string | undefined>, string]>([
  ['is missing', { JOBS_TABLE: undefined }, 'JOBS_TABLE'],
  ['is of no lane', { LANE: 'canary' }, 'LANE'],
  ['is no number', { RESERVE_MS: 'canary' }, 'RESERVE_MS'],
  ['allows no start at all', { USER_STARTS_PER_MINUTE: '0' }, 'USER_STARTS_PER_MINUTE'],
  ['is no JSON', { PROVIDER_URLS: '{canary' }, 'PROVIDER_URLS'],
  ['holds something that is no URL', { PROVIDER_URLS: '{"openai":"canary"}' }, 'PROVIDER_URLS.openai'],
  ['holds a provider that is not known', { PROVIDER_URLS: '{"canary":"https://x.test"}' }, 'PROVIDER_URLS'],
])('names a variable that %s, and nothing of its value', (_how, changes, name) => {
  expect(read(changes)).toThrow(new Error(`Environment variables missing or malformed: ${name}`));
});

it('names every variable that is wrong', () => {
  const PROVIDER_URLS = '{"openai":"canary","anthropic":"canary"}';
  expect(read({ LANE: undefined, PARALLELISM: '-1', PROVIDER_URLS })).toThrow(
    new Error(
      'Environment variables missing or malformed: LANE, PROVIDER_URLS.openai, PROVIDER_URLS.anthropic, PARALLELISM',
    ),
  );
});

it('names a variable once that is wrong in two ways', () => {
  const schema = z.object({ KEY: z.string().check(z.minLength(9), z.regex(/^[0-9]+$/)) });
  expect(() => readEnvironment(schema, { KEY: 'canary' })).toThrow(
    new Error('Environment variables missing or malformed: KEY'),
  );
});
