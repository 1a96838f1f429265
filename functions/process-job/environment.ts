import * as z from 'zod/mini';
import { quotaSchema } from '../../lib/pipeline/fleet/quota.ts';
import { laneNames } from '../../lib/pipeline/job/lane.ts';
import { jsonText } from '../../lib/pipeline/json-text.ts';
import { providerNames, serviceTiers } from '../../lib/pipeline/model/model.ts';
import { budgetsSchema } from '../../lib/pipeline/money/budget.ts';

const wholeNumber = z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number));
const atLeastOne = wholeNumber.check(z.minimum(1));

/** The environment of the function `process-job`: what the stack must supply and what the handler gets. */
export const environment = z.object({
  LANE: z.enum(laneNames),
  QUEUE_URL: z.url(),
  DEAD_LETTER_QUEUE_URL: z.url(),
  JOBS_TABLE: z.string().check(z.minLength(3)),
  SUBJECT_KEYS_TABLE: z.string().check(z.minLength(3)),
  /** The key in KMS that wraps others. */
  CONTENT_KEY: z.string().check(z.startsWith('arn:')),
  FLEET_TABLE: z.string().check(z.minLength(3)),
  ALERTS_QUEUE_URL: z.url(),
  LEDGER_TABLE: z.string().check(z.minLength(3)),
  TOTALS_TABLE: z.string().check(z.minLength(3)),
  LEDGER_REPAIR_QUEUE_URL: z.url(),
  RESULTS_TOPIC: z.string().check(z.startsWith('arn:')),
  LEDGER_RETENTION_SECONDS: wholeNumber,
  PROVIDER_KEYS_SECRET: z.string().check(z.minLength(1)),
  /** A JSON object of base URLs by provider. */
  PROVIDER_URLS: z.pipe(jsonText, z.partialRecord(z.enum(providerNames), z.url())),
  METRICS_NAMESPACE: z.string().check(z.minLength(1)),
  PARALLELISM: wholeNumber,
  PATIENCE_MS: wholeNumber,
  RESERVE_MS: wholeNumber,
  JOB_RETENTION_SECONDS: wholeNumber,
  USER_STARTS_PER_MINUTE: atLeastOne,
  /** A JSON list of what the fleet may ask of each provider's models. */
  QUOTAS: z.pipe(jsonText, z.array(quotaSchema)),
  /** A JSON object: what tenants may spend on models in a day. */
  BUDGETS: z.pipe(jsonText, budgetsSchema),
  MAX_RECEIVES: atLeastOne,
  LAST_RUNGS: z.enum(['at-once', 'at-deadline']),
  SERVICE_TIER: z.enum(serviceTiers),
  ANSWER_FRESH_SECONDS: wholeNumber,
  DEFAULT_ANSWER: z.string().check(z.minLength(1)),
  /** A JSON object: what jobs must have. */
  DEMANDS: z.pipe(jsonText, z.object({ consentRef: z.boolean(), disclosed: z.boolean() })),
});
