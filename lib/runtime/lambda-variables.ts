import * as z from 'zod/mini';

/** What Lambda itself tells a function that signs requests of its own. An endpoint is set only where S3 is emulated. */
export const lambdaVariables = z.object({
  AWS_REGION: z.string(),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
  AWS_SESSION_TOKEN: z.optional(z.string()),
  AWS_ENDPOINT_URL_S3: z.optional(z.string()),
});

export type LambdaVariables = z.infer<typeof lambdaVariables>;
