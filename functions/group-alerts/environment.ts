import * as z from 'zod/mini';

const wholeNumber = z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number));

/** The environment of the function `group-alerts`: what the stack must supply and what the handler gets. */
export const environment = z.object({
  STAGE: z.string().check(z.minLength(1)),
  ALERTS_TABLE: z.string().check(z.minLength(3)),
  ALERTS_QUEUE_URL: z.url(),
  DEAD_LETTER_QUEUE_URL: z.url(),
  NOTICES_TOPIC: z.string().check(z.startsWith('arn:')),
  METRICS_NAMESPACE: z.string().check(z.minLength(1)),
  GROUP_WAIT_SECONDS: wholeNumber,
  GROUP_INTERVAL_SECONDS: wholeNumber,
  REPEAT_INTERVAL_SECONDS: wholeNumber,
});
