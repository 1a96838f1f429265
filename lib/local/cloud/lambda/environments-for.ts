import type { Deployment, FunctionSpec } from '../assembly/deployment.ts';

/** Environments that answer requests: those who wait for a job's end hold one each, as on AWS, where there are 1,000. */
const API_ENVIRONMENTS = 16;

/**
 * How many environments a function may have at most. All its mappings share them; one without any is invoked on schedule,
 * or by requests.
 */
export const environmentsFor = (
  deployment: Deployment,
  { name, arn, reservedConcurrency }: FunctionSpec,
  max = Infinity,
): number => {
  const answers = [...deployment.httpApi.integrations.values()].some((it) => it.IntegrationUri === arn);
  const mapped = deployment.mappings
    .filter(({ functionName }) => functionName === name)
    .reduce((sum, { concurrency }) => sum + concurrency, 0);
  const wanted = mapped + (answers ? API_ENVIRONMENTS : 0);
  return Math.min(Math.max(1, wanted), reservedConcurrency ?? Infinity, max);
};
