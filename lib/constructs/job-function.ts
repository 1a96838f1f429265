import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, type Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  type Alias,
  ApplicationLogLevel,
  Architecture,
  Code,
  type EventSourceMappingOptions,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type * as z from 'zod/mini';
import type { Binding } from './binding.ts';

/** Every variable of the door's schema, as a plain value or as a binding: a missing one does not compile. */
type EnvironmentOf<Schema extends z.ZodMiniType> = { [Name in keyof z.input<Schema>]: string | Binding };

export type JobFunctionProps<Schema extends z.ZodMiniType> = {
  functionName: string;
  /** The bundle of its door under `functions/`: a folder with a `handler.mjs`. */
  bundleDir: string;
  schema: Schema;
  environment: EnvironmentOf<Schema>;
  memoryMb: number;
  timeoutSeconds: number;
  /** Concurrency set aside for this function; `undefined` draws on the account's. */
  reservedConcurrency?: number | undefined;
  logRetentionDays: RetentionDays;
  logLevel: keyof typeof ApplicationLogLevel;
};

/** A door of Relay on Lambda: nodejs24.x on arm64, a log group that ends, a role with nothing but what it is bound to. */
export class JobFunction<Schema extends z.ZodMiniType> extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: JobFunctionProps<Schema>) {
    super(scope, id);
    const bound: [string, string | Binding][] = Object.entries(props.environment);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.grantWrite(role);
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName: props.functionName,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'handler.handler',
      code: Code.fromAsset(props.bundleDir),
      environment: Object.fromEntries(bound.map(([name, value]) => [name, variableOf(value)])),
      memorySize: props.memoryMb,
      timeout: Duration.seconds(props.timeoutSeconds),
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel[props.logLevel],
      role,
      logGroup,
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
    });
    Validations.of(this.lambda).acknowledge(
      {
        id: 'Serverless-LambdaDLQ',
        reason:
          'Invoked by SQS mappings, whose queues have dead-letter queues; this one serves asynchronous invocation.',
      },
      {
        id: 'Serverless-LambdaEventSourceMappingDestination',
        reason:
          'A destination for failures does not exist for SQS mappings; the lane redrives to its dead-letter queue.',
      },
      {
        id: 'Serverless-LambdaTracing',
        reason:
          'W3C trace ids run from producer to result in rows and logs; X-Ray would keep a second copy for 30 days.',
      },
    );
    for (const [, value] of bound) if (typeof value !== 'string') value.grant(role);
  }

  /**
   * Lets Lambda take messages from the queue in this function's role, with the rights that Lambda asks for. CDK's
   * SqsEventSource would add two that nobody uses here. `target`: an alias of it, if that is what is invoked.
   */
  takesFrom(
    queue: IQueue,
    mapping: Omit<EventSourceMappingOptions, 'eventSourceArn'>,
    target: LambdaFunction | Alias = this.lambda,
  ): void {
    queue.grant(this.lambda, 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage');
    target.addEventSourceMapping('mapping', { eventSourceArn: queue.queueArn, ...mapping });
  }

  /** Runs it on a schedule, as the rule of this name. `why`: what becomes of a run that was missed. */
  runsOn(schedule: Schedule, { rule, ruleName, event, why }: ScheduleProps): void {
    const scheduled = new Rule(Stack.of(this), `${rule}-schedule`, {
      ruleName,
      schedule,
      targets: [
        new LambdaTarget(this.lambda, { ...(event && { event: RuleTargetInput.fromObject(event) }) }),
      ],
    });
    Validations.of(scheduled).acknowledge({ id: 'Serverless-EventBusDLQ', reason: why });
  }
}

type ScheduleProps = { rule: string; ruleName: string; event?: object; why: string };

const variableOf = (value: string | Binding): string => (typeof value === 'string' ? value : value.value);
