import type { FunctionSpec } from '../assembly/deployment.ts';

type Service = { endpoint: string };
type Services = Record<'sqsAndSns' | 'dynamodb' | 'secrets' | 'kms' | 's3', Service> & { region: string };

/** What the Lambda service sets, and where the emulated services are. Nothing of this process's own environment. */
export const serviceVariablesOf = (
  services: Services,
  spec: FunctionSpec,
  accessKeyId: string,
): Record<string, string> => ({
  AWS_REGION: services.region,
  AWS_DEFAULT_REGION: services.region,
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: spec.name,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: spec.logGroup,
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
  AWS_LAMBDA_LOG_FORMAT: spec.logFormat,
  AWS_LAMBDA_LOG_LEVEL: spec.logLevel,
  LAMBDA_TASK_ROOT: spec.codeDir,
  _HANDLER: spec.handler,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SESSION_TOKEN: 'local',
  AWS_ENDPOINT_URL_SQS: services.sqsAndSns.endpoint,
  AWS_ENDPOINT_URL_SNS: services.sqsAndSns.endpoint,
  AWS_ENDPOINT_URL_DYNAMODB: services.dynamodb.endpoint,
  AWS_ENDPOINT_URL_S3: services.s3.endpoint,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: services.secrets.endpoint,
  AWS_ENDPOINT_URL_KMS: services.kms.endpoint,
});
