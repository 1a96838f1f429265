import type * as z from 'zod';
import type { AlarmSpec } from '../cloudwatch/alarm.ts';
import type { Assembly, Resource, Stack } from './assembly.ts';
import { refuseShortVisibility } from './declared-limits.ts';
import { attributeOf, identityOf, propertiesOf } from './declared-resource.ts';
import * as gateway from './http-api-schemas.ts';
import * as monitoring from './monitoring-schemas.ts';
import { compositeAlarmOf, metricAlarmOf } from './plan-alarm.ts';
import { type HttpApiParts, noHttpApi } from './plan-http-api.ts';
import { noPolicies, type Policies, policyPlanners } from './plan-policies.ts';
import * as schemas from './resource-schemas.ts';
import { arnIn, physicalName, type Scope, type Site } from './template-value.ts';

/** What an assembly asks the local cloud to run: its resources, with every reference resolved. */
export type Deployment = {
  queues: QueueSpec[];
  topics: TopicSpec[];
  subscriptions: SubscriptionSpec[];
  functionSubscriptions: FunctionSubscriptionSpec[];
  tables: TableSpec[];
  secrets: SecretSpec[];
  keys: KeySpec[];
  buckets: string[];
  functions: FunctionSpec[];
  mappings: MappingSpec[];
  alarms: AlarmSpec[];
  rules: RuleSpec[];
  httpApi: HttpApiParts;
  policies: Policies;
};

export type QueueSpec = { name: string; url: string; arn: string; attributes: Record<string, string> };
/** `keyId`: the KMS key that encrypts it; without one, a key of AWS does. */
export type TopicSpec = { name: string; arn: string; keyId: string | undefined };
type Subscribed = {
  topicArn: string;
  deadLetterQueueArn: string | undefined;
  attributes: Record<string, string>;
};
export type SubscriptionSpec = Subscribed & { queueArn: string };
export type FunctionSubscriptionSpec = Subscribed & { functionArn: string };
/** `value`: what the template gives it, if that is no secret yet. */
export type SecretSpec = { name: string; arn: string; value?: string; keyId?: string | undefined };

/** A key of KMS. `signs`: it signs and verifies; else it wraps data keys. */
export type KeySpec = { id: string; arn: string; signs: boolean };

export type TableSpec = {
  name: string;
  definition: z.infer<typeof schemas.table>;
  timeToLiveAttribute: string | undefined;
};

export type FunctionSpec = {
  name: string;
  arn: string;
  roleArn: string;
  codeDir: string;
  handler: string;
  timeoutMs: number;
  memoryMb: number;
  logGroup: string;
  logLevel: string;
  logFormat: string;
  variables: Record<string, string>;
  reservedConcurrency: number | undefined;
};

export type MappingSpec = {
  queueArn: string;
  functionName: string;
  batchSize: number;
  windowMs: number;
  concurrency: number;
  reportsItemFailures: boolean;
};

/** A rule of EventBridge that invokes functions on schedule. */
export type RuleSpec = {
  arn: string;
  scheduleExpression: string;
  targets: { arn: string; input: string | undefined }[];
};

/** Types that change nothing in how a system runs on this machine. */
const needsNothing = new Set([
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Dashboard',
  'AWS::KMS::Alias',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
]);

type Planner = (deployment: Deployment, scope: Scope, resource: Resource) => void;

/** Turns templates into what to run; whatever it does not know is an error that names it. */
export const planDeployment = (assembly: Assembly, site: Site): Deployment => {
  const deployment: Deployment = {
    queues: [],
    topics: [],
    subscriptions: [],
    functionSubscriptions: [],
    tables: [],
    secrets: [],
    keys: [],
    buckets: [],
    functions: [],
    mappings: [],
    alarms: [],
    rules: [],
    httpApi: noHttpApi(),
    policies: noPolicies(),
  };
  for (const stack of assembly.stacks) {
    const scope = { assembly, stack, site };
    for (const resource of stack.resources.values()) {
      plannerOf(stack, resource)?.(deployment, scope, resource);
      planPolicies(deployment, scope, resource);
    }
  }
  refuseShortVisibility(deployment);
  return deployment;
};

const plannerOf = (stack: Stack, { type, logicalId }: Resource): Planner | undefined => {
  const planner = planners[type];
  if (planner !== undefined || needsNothing.has(type) || type in policyPlanners) return planner;
  throw new Error(`stack ${stack.name}: the local cloud does not know how to run ${type} ("${logicalId}")`);
};

const planPolicies: Planner = ({ policies }, scope, resource) =>
  policyPlanners[resource.type]?.(policies, {
    arn: () => attributeOf(scope, resource, 'Arn'),
    as: (schema) => propertiesOf(schema, scope, resource),
    arnOf: (service, name) => arnIn(scope.site.region, service, name),
  });

const planQueue: Planner = (deployment, scope, resource) => {
  deployment.queues.push({
    ...identityOf(scope, resource),
    url: attributeOf(scope, resource, 'QueueUrl'),
    attributes: propertiesOf(schemas.queue, scope, resource),
  });
};

const planTopic: Planner = (deployment, scope, resource) => {
  const { KmsMasterKeyId } = propertiesOf(schemas.topic, scope, resource);
  deployment.topics.push({ ...identityOf(scope, resource), keyId: KmsMasterKeyId });
};

const planSubscription: Planner = (deployment, scope, resource) => {
  const declared = propertiesOf(schemas.subscription, scope, resource);
  const { Protocol, TopicArn, Endpoint, RedrivePolicy, ...attributes } = declared;
  const subscribed: Subscribed = {
    topicArn: TopicArn,
    deadLetterQueueArn: RedrivePolicy?.deadLetterTargetArn,
    attributes: schemas.asTexts(attributes),
  };
  switch (Protocol) {
    case 'sqs':
      deployment.subscriptions.push({ ...subscribed, queueArn: Endpoint });
      return;
    case 'lambda':
      deployment.functionSubscriptions.push({ ...subscribed, functionArn: Endpoint });
      return;
    case 'email':
      return; // a notice to a person's mailbox leaves the machine, so it has no place in a local cloud
  }
};

const planTable: Planner = (deployment, scope, resource) => {
  const { timeToLiveAttribute, ...definition } = propertiesOf(schemas.tableResource, scope, resource);
  deployment.tables.push({ name: physicalName(scope, resource), definition, timeToLiveAttribute });
};

const planSecret: Planner = (deployment, scope, resource) => {
  const { SecretString, GenerateSecretString, KmsKeyId } = propertiesOf(schemas.secret, scope, resource);
  const value = SecretString ?? GenerateSecretString?.SecretStringTemplate;
  const identity = identityOf(scope, resource);
  deployment.secrets.push({ ...identity, ...(value !== undefined && { value }), keyId: KmsKeyId });
};

const planBucket: Planner = (deployment, scope, resource) => {
  propertiesOf(schemas.bucket, scope, resource);
  deployment.buckets.push(physicalName(scope, resource));
};

const planKey: Planner = (deployment, scope, resource) => {
  const { KeyUsage } = propertiesOf(schemas.key, scope, resource);
  const { name: id, arn } = identityOf(scope, resource);
  deployment.keys.push({ id, arn, signs: KeyUsage === 'SIGN_VERIFY' });
};

const planFunction: Planner = (deployment, scope, resource) => {
  const declared = propertiesOf(schemas.lambdaFunction, scope, resource);
  const codeDir = scope.stack.assetDirs.get(declared.Code.S3Key);
  if (codeDir === undefined) {
    throw new Error(
      `stack ${scope.stack.name}: the code of "${resource.logicalId}" is no directory asset of the assembly`,
    );
  }
  deployment.functions.push({
    ...identityOf(scope, resource),
    roleArn: declared.Role,
    codeDir,
    handler: declared.Handler,
    timeoutMs: declared.Timeout * 1000,
    memoryMb: declared.MemorySize,
    logGroup: declared.LoggingConfig.LogGroup ?? `/aws/lambda/${physicalName(scope, resource)}`,
    logLevel: declared.LoggingConfig.ApplicationLogLevel,
    logFormat: declared.LoggingConfig.LogFormat,
    variables: declared.Environment?.Variables ?? {},
    reservedConcurrency: declared.ReservedConcurrentExecutions,
  });
};

/** Takes part in what others resolve to, and is nothing by itself. */
const planReference =
  (schema: z.ZodType): Planner =>
  (_, scope, resource) =>
    void propertiesOf(schema, scope, resource);

const planMapping: Planner = (deployment, scope, resource) => {
  const declared = propertiesOf(schemas.eventSourceMapping, scope, resource);
  if (!declared.Enabled) return;
  deployment.mappings.push({
    queueArn: declared.EventSourceArn,
    functionName: declared.FunctionName,
    batchSize: declared.BatchSize,
    windowMs: declared.MaximumBatchingWindowInSeconds * 1000,
    concurrency: declared.ScalingConfig?.MaximumConcurrency ?? schemas.DEFAULT_CONCURRENCY,
    reportsItemFailures: declared.FunctionResponseTypes.includes('ReportBatchItemFailures'),
  });
};

const planAlarm: Planner = (deployment, scope, resource) => {
  const declared = propertiesOf(monitoring.metricAlarm, scope, resource);
  deployment.alarms.push(metricAlarmOf(identityOf(scope, resource), declared));
};

const planCompositeAlarm: Planner = (deployment, scope, resource) => {
  const declared = propertiesOf(monitoring.compositeAlarm, scope, resource);
  deployment.alarms.push(compositeAlarmOf(identityOf(scope, resource), declared));
};

const planRule: Planner = (deployment, scope, resource) => {
  const declared = propertiesOf(monitoring.scheduledRule, scope, resource);
  if (declared.State === 'DISABLED') return;
  deployment.rules.push({
    arn: attributeOf(scope, resource, 'Arn'),
    scheduleExpression: declared.ScheduleExpression,
    targets: declared.Targets.map(({ Arn, Input }) => ({ arn: Arn, input: Input })),
  });
};

const planHttpApi: Planner = ({ httpApi }, scope, resource) => {
  propertiesOf(gateway.api, scope, resource);
  httpApi.apis.push(physicalName(scope, resource));
};

const planStage: Planner = ({ httpApi }, scope, resource) => {
  httpApi.stages.push(propertiesOf(gateway.stage, scope, resource));
};

const planIntegration: Planner = ({ httpApi }, scope, resource) => {
  httpApi.integrations.set(physicalName(scope, resource), propertiesOf(gateway.integration, scope, resource));
};

const planAuthorizer: Planner = ({ httpApi }, scope, resource) => {
  httpApi.authorizers.set(physicalName(scope, resource), propertiesOf(gateway.authorizer, scope, resource));
};

const planRoute: Planner = ({ httpApi }, scope, resource) => {
  httpApi.routes.push(propertiesOf(gateway.route, scope, resource));
};

const planners: Record<string, Planner> = {
  'AWS::ApiGatewayV2::Api': planHttpApi,
  'AWS::ApiGatewayV2::Authorizer': planAuthorizer,
  'AWS::ApiGatewayV2::Integration': planIntegration,
  'AWS::ApiGatewayV2::Route': planRoute,
  'AWS::ApiGatewayV2::Stage': planStage,
  'AWS::CloudWatch::Alarm': planAlarm,
  'AWS::CloudWatch::CompositeAlarm': planCompositeAlarm,
  'AWS::DynamoDB::GlobalTable': planTable,
  'AWS::DynamoDB::Table': planTable,
  'AWS::Events::Rule': planRule,
  'AWS::KMS::Key': planKey,
  'AWS::Lambda::Alias': planReference(schemas.lambdaAlias),
  'AWS::Lambda::EventSourceMapping': planMapping,
  'AWS::Lambda::Function': planFunction,
  'AWS::Lambda::Version': planReference(schemas.lambdaVersion),
  'AWS::S3::Bucket': planBucket,
  'AWS::SecretsManager::Secret': planSecret,
  'AWS::SNS::Subscription': planSubscription,
  'AWS::SNS::Topic': planTopic,
  'AWS::SQS::Queue': planQueue,
};
