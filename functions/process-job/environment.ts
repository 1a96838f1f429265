import * as z from 'zod';
import { laneNames } from '../../lib/pipeline/lane.ts';
import { providerNames } from '../../lib/pipeline/model.ts';

const wholeNumber = z.string().regex(/^\d+$/).transform(Number);

/** A JSON object of base URLs by provider. */
const providerUrls = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('not JSON');
      return z.NEVER;
    }
  })
  .pipe(z.partialRecord(z.enum(providerNames), z.url()));

/** The environment of the function `process-job`: what the stack must supply and what the handler gets. */
export const environment = z.object({
  LANE: z.enum(laneNames),
  QUEUE_URL: z.url(),
  DEAD_LETTER_QUEUE_URL: z.url(),
  JOBS_TABLE: z.string().min(3),
  PROVIDER_KEYS_SECRET: z.string().min(1),
  PROVIDER_URLS: providerUrls,
  METRICS_NAMESPACE: z.string().min(1),
  LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  PARALLELISM: wholeNumber,
  PATIENCE_MS: wholeNumber,
  RESERVE_MS: wholeNumber,
  JOB_RETENTION_SECONDS: wholeNumber,
});
