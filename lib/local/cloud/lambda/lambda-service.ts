import type { Deployment, FunctionSpec } from '../assembly/deployment.ts';
import type { CloudOptions, Services } from '../cloud.ts';
import { deliveryFaults } from '../faults/delivery-faults.ts';
import { lambdaFaults } from '../faults/lambda-faults.ts';
import { sentenceOf } from '../iam/access-denied.ts';
import { logWriting } from '../iam/service-access.ts';
import { createSqsClient } from '../sqs/sqs-client.ts';
import { createCpuGauge } from './cpu-gauge.ts';
import { environmentsFor } from './environments-for.ts';
import { startEventSourceMapping } from './event-source-mapping.ts';
import { createFunctionLog, type FunctionLog } from './function-log.ts';
import { createLambdaFunction, type LambdaFunction } from './lambda.ts';
import { startRuntimeClient } from './runtime-client.ts';
import { serviceVariablesOf } from './service-variables.ts';

export type RunningFunction = { lambda: LambdaFunction; capacity: number; onLine(line: string): void };

export const startFunctions = (
  opened: AsyncDisposableStack,
  { onFunctionOutput, maxEnvironments, runtimeClient }: CloudOptions,
  services: Services,
  deployment: Deployment,
): Map<string, RunningFunction> => {
  const functions = new Map<string, RunningFunction>();
  const { isSaturated } = createCpuGauge();
  const startHost = runtimeClient === undefined ? undefined : startRuntimeClient(runtimeClient);
  for (const spec of deployment.functions) {
    const onLine = logOf(spec, services, (line) => onFunctionOutput?.({ functionName: spec.name, line }));
    const capacity = environmentsFor(deployment, spec, maxEnvironments);
    const serviceVariables = serviceVariablesOf(services, spec, services.callers.add('function', spec.name));
    const faults = lambdaFaults(services.rules, spec.name);
    const metrics = services.cloudWatch.invocations(spec.name);
    const options = { capacity, serviceVariables, onLine, isSaturated, faults, metrics, startHost };
    const lambda = createLambdaFunction(spec, options);
    functions.set(spec.name, { lambda, capacity, onLine });
    opened.defer(() => lambda.stop());
  }
  return functions;
};

const logOf = (
  spec: FunctionSpec,
  { access, cloudWatch, region }: Services,
  show: (line: string) => void,
): FunctionLog =>
  createFunctionLog({
    refusal: async () => {
      const denied = await access.firstDenied(logWriting(spec, region));
      return denied && sentenceOf(denied);
    },
    pass: (line) => {
      cloudWatch.onLine(line);
      show(line);
    },
    onRefusal: show,
  });

export const startMappings = (
  opened: AsyncDisposableStack,
  { sqsAndSns, region, rules, deliveries, callers }: Services,
  deployment: Deployment,
  functions: ReadonlyMap<string, RunningFunction>,
): void => {
  for (const spec of deployment.mappings) {
    const target = functions.get(spec.functionName);
    const queue = deployment.queues.find(({ arn }) => arn === spec.queueArn);
    if (target === undefined || queue === undefined) {
      throw new Error(
        `an event source mapping joins ${spec.queueArn} and ${spec.functionName}, which are not both declared`,
      );
    }
    const mapping = startEventSourceMapping(
      {
        sqs: createSqsClient(
          sqsAndSns.endpoint,
          region,
          callers.add('event-source-mapping', spec.functionName),
        ),
        queueUrl: queue.url,
        target: target.lambda,
        deliveries,
        faults: deliveryFaults(rules, { functionName: spec.functionName, queueName: queue.name }),
        onProblem: target.onLine,
      },
      // A message that no environment may take is better left in the queue.
      { ...spec, concurrency: Math.min(spec.concurrency, target.capacity) },
    );
    opened.defer(() => mapping.stop());
  }
};
