import * as z from 'zod/mini';
import { jsonText } from '../../lib/pipeline/json-text.ts';

/** The environment of the function `send-webhooks`. */
export const environment = z.object({
  QUEUE_URL: z.url(),
  DEAD_LETTER_QUEUE_URL: z.url(),
  FLEET_TABLE: z.string().check(z.minLength(3)),
  WEBHOOKS_SECRET: z.string().check(z.minLength(1)),
  /** A JSON list: how long after each failed try the next one is made. */
  WAITS_SECONDS: z.pipe(jsonText, z.array(z.int().check(z.minimum(1))).check(z.minLength(1))),
  TO_THIS_MACHINE: z.pipe(
    z.enum(['true', 'false']),
    z.transform((text) => text === 'true'),
  ),
  METRICS_NAMESPACE: z.string().check(z.minLength(1)),
});
