import * as z from 'zod/mini';
import { jsonText } from '../../lib/pipeline/json-text.ts';
import { laneNames } from '../../lib/pipeline/lane.ts';
import { providerNames } from '../../lib/pipeline/model.ts';

const wholeNumber = z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number));

/** The environment of the function `process-job`: what the stack must supply and what the handler gets. */
export const environment = z.object({
  LANE: z.enum(laneNames),
  QUEUE_URL: z.url(),
  DEAD_LETTER_QUEUE_URL: z.url(),
  JOBS_TABLE: z.string().check(z.minLength(3)),
  PROVIDER_KEYS_SECRET: z.string().check(z.minLength(1)),
  /** A JSON object of base URLs by provider. */
  PROVIDER_URLS: z.pipe(jsonText, z.partialRecord(z.enum(providerNames), z.url())),
  METRICS_NAMESPACE: z.string().check(z.minLength(1)),
  PARALLELISM: wholeNumber,
  PATIENCE_MS: wholeNumber,
  RESERVE_MS: wholeNumber,
  JOB_RETENTION_SECONDS: wholeNumber,
});
