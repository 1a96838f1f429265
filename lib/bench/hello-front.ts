import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RouteGuard } from '../local/cloud/assembly/plan-http-api.ts';
import { startHttpApi } from '../local/cloud/http-api/http-api.ts';
import { createCpuGauge } from '../local/cloud/lambda/cpu-gauge.ts';
import { createLambdaFunction } from '../local/cloud/lambda/lambda.ts';

const HELLO = `export const handler = async () => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: '{"hello":"world"}',
});
`;

const NAME = 'hello';

/** As many as the API's function may have. */
const ENVIRONMENTS = 16;

/** The local gateway, tokens included, before a function that says hello: what no API here can be faster than. */
export const startHelloFront = async (
  opened: AsyncDisposableStack,
  workDir: string,
  guard: RouteGuard,
): Promise<string> => {
  const codeDir = join(workDir, NAME);
  await mkdir(codeDir, { recursive: true });
  await writeFile(join(codeDir, 'index.mjs'), HELLO);
  const spec = {
    name: NAME,
    arn: NAME,
    roleArn: NAME,
    codeDir,
    handler: 'index.handler',
    timeoutMs: 29_000,
    memoryMb: 512,
  };
  const lambda = createLambdaFunction(
    {
      ...spec,
      logGroup: NAME,
      logLevel: 'INFO',
      logFormat: 'JSON',
      variables: {},
      reservedConcurrency: undefined,
    },
    {
      capacity: ENVIRONMENTS,
      serviceVariables: {},
      onLine: () => undefined,
      isSaturated: createCpuGauge().isSaturated,
      faults: {
        throttles: () => false,
        planKill: () => undefined,
        clockSkewMs: () => 0,
        toldName: () => undefined,
      },
      metrics: { started: () => undefined, ended: () => undefined, throttled: () => undefined },
    },
  );
  opened.defer(() => lambda.stop());
  const route = { key: 'GET /hello', functionArn: NAME, timeoutMs: 30_000, guard };
  const front = await startHttpApi({
    spec: { id: NAME, routes: [route], throttle: { perSecond: 500, burst: 250 } },
    port: 0,
    functionOf: () => lambda,
    pageAt: async () => undefined,
    metrics: { answered: () => undefined },
  });
  opened.defer(() => front.stop());
  return `${front.endpoint}/hello`;
};
