import type { LambdaVariables } from '../lambda-variables.ts';
import { systemClock } from '../system-clock.ts';
import { createExportBucket, type ExportBucket } from './export-bucket.ts';

/** The bucket of exports, used with the function's own rights. */
export const lambdaBucket = (bucket: string, lambda: LambdaVariables): ExportBucket =>
  createExportBucket({
    bucket,
    region: lambda.AWS_REGION,
    endpoint: lambda.AWS_ENDPOINT_URL_S3,
    credentials: {
      accessKeyId: lambda.AWS_ACCESS_KEY_ID,
      secretAccessKey: lambda.AWS_SECRET_ACCESS_KEY,
      sessionToken: lambda.AWS_SESSION_TOKEN,
    },
    now: systemClock.now,
  });
