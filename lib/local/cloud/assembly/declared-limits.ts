import * as z from 'zod';
import type { Deployment } from './deployment.ts';

// What services refuse of a template, by the names of their errors. test/contract/limits.test.ts shows each.

const lambdaRefuses = (sentence: string): string => `InvalidParameterValueException: ${sentence}`;

/** CloudFormation accepts texts for numbers. */
const integerWithin = (min: number, max: number, refusal: string) =>
  z.coerce.number().pipe(z.int().min(min, refusal).max(max, refusal));

export const timeoutSeconds = integerWithin(1, 900, lambdaRefuses('Timeout: must be 1 to 900 seconds'));
export const memoryMb = integerWithin(128, 10_240, lambdaRefuses('MemorySize: must be 128 to 10,240 MB'));
export const batchingWindowSeconds = integerWithin(
  0,
  300,
  lambdaRefuses('MaximumBatchingWindowInSeconds: must be 0 to 300 seconds'),
);
export const mappingConcurrency = integerWithin(
  2,
  1_000,
  lambdaRefuses('ScalingConfig.MaximumConcurrency: must be 2 to 1,000'),
);
export const integrationTimeoutMs = integerWithin(
  50,
  30_000,
  'BadRequestException: TimeoutInMillis: must be 50 to 30,000 milliseconds',
);

/** Names and values together. */
const MAX_ENVIRONMENT_BYTES = 4_096;

/** Variables of a function. */
export const environmentVariables = z
  .record(z.string(), z.coerce.string())
  .refine(
    (variables) => Buffer.byteLength(Object.entries(variables).flat().join('')) <= MAX_ENVIRONMENT_BYTES,
    lambdaRefuses(
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.',
    ),
  );

const MAX_BATCH = 10;
const MAX_WINDOWED_BATCH = 10_000;

/** Whether a mapping may gather so many messages: more than one receive has only within a window. */
export const fitsBatch = (mapping: { BatchSize: number; MaximumBatchingWindowInSeconds: number }): boolean =>
  mapping.BatchSize >= 1 &&
  mapping.BatchSize <= (mapping.MaximumBatchingWindowInSeconds > 0 ? MAX_WINDOWED_BATCH : MAX_BATCH);

export const batchRefusal = lambdaRefuses(
  `BatchSize: must be 1 to ${MAX_BATCH}, or to ${MAX_WINDOWED_BATCH} with a batching window`,
);

const queueRanges = {
  DelaySeconds: [0, 900],
  MaximumMessageSize: [1_024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200],
} as const;

/** What SQS refuses of a queue's attributes; they are texts. */
export const refuseQueueAttributes: z.core.CheckFn<Record<string, string>> = ({ value, issues }) => {
  for (const [name, [min, max]] of Object.entries(queueRanges)) {
    const given = Number(value[name] ?? min);
    if (Number.isInteger(given) && given >= min && given <= max) continue;
    const message = `InvalidAttributeValue: Invalid value for the parameter ${name}. Must be between ${min} and ${max}.`;
    issues.push({ code: 'custom', path: [name], message, input: value });
  }
};

/** SQS's own, for a queue that says nothing. */
const DEFAULT_VISIBILITY_SECONDS = 30;

/** Lambda maps no queue whose messages come back while its function may still be at work. */
export const refuseShortVisibility = ({ mappings, queues, functions }: Deployment): void => {
  for (const { queueArn, functionName } of mappings) {
    const { attributes } = queues.find(({ arn }) => arn === queueArn) ?? {};
    const timeoutMs = functions.find(({ name }) => name === functionName)?.timeoutMs ?? 0;
    const visibility = Number(attributes?.VisibilityTimeout ?? DEFAULT_VISIBILITY_SECONDS);
    if (visibility * 1000 < timeoutMs)
      throw new Error(
        lambdaRefuses(
          `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeoutMs / 1000} seconds (${functionName})`,
        ),
      );
  }
};
