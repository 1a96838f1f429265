import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readAssembly } from './assembly/assembly.ts';
import { type Deployment, planDeployment } from './assembly/deployment.ts';
import { httpApiOf } from './assembly/plan-http-api.ts';
import type { Policies } from './assembly/plan-policies.ts';
import { type Callers, createCallers, type OnRequest } from './aws-request.ts';
import type { AlarmChange, Alarms } from './cloudwatch/alarms.ts';
import { type CloudWatch, startCloudWatch } from './cloudwatch/cloudwatch.ts';
import { createResources } from './create-resources.ts';
import { type DynamoDb, startDynamoDb } from './dynamodb/dynamodb.ts';
import { startScheduledRules } from './events/scheduled-rules.ts';
import { startControlServer } from './faults/control-server.ts';
import { dynamoDbFaults } from './faults/dynamodb-faults.ts';
import { createRuleBook, type RuleBook } from './faults/rule-book.ts';
import { snsFaults } from './faults/sns-faults.ts';
import { type Page, startHttpApi } from './http-api/http-api.ts';
import { type AccessControl, createAccessControl, type OnAccess } from './iam/access-control.ts';
import { type Kms, startKms } from './kms/kms.ts';
import { createAsyncInvocations } from './lambda/async-invocations.ts';
import { createDeliveries, type Deliveries, type DeliveryEvent } from './lambda/deliveries.ts';
import { startFunctionSubscription } from './lambda/function-subscription.ts';
import { type RunningFunction, startFunctions, startMappings } from './lambda/lambda-service.ts';
import { type S3, startS3 } from './s3/s3.ts';
import { createScaledClock, type ScaledClock } from './scaled-clock.ts';
import { type SecretsManager, startSecretsManager } from './secrets-manager.ts';
import { type SqsAndSns, startSqsAndSns } from './sqs/sqs-and-sns.ts';
import { createSqsClient } from './sqs/sqs-client.ts';

export type FunctionLine = { functionName: string; line: string };

export type CloudOptions = {
  /** cdk.out of the stage `local`. */
  assemblyDir: string;
  /** 0: any free port; so are the API's and the control's unless they are given. */
  ports: { aws: number; dynamodb: number; api?: number; control?: number };
  /** Where queues and tables outlive the process; without it they live in memory. */
  dataDir?: string;
  /** What secrets hold, by name; without a value here a secret has the one of its template. */
  secrets: Readonly<Record<string, string>>;
  /** Most execution environments of one function; by default what its mappings may use. */
  maxEnvironments?: number;
  /** Path of AWS's own runtime client, in place of worker threads. */
  runtimeClient?: string;
  /** Of injected faults: the same seed strikes the same requests, invocations and messages of a function. */
  faultSeed?: number;
  /**
   * How many minutes of metrics, alarms and schedules pass in a minute; 1 by default. What AWS measures (ages, durations)
   * is as much longer, so that thresholds keep their meaning.
   */
  alarmTimeScale?: number;
  /** Every line that a function writes to stdout or stderr. */
  onFunctionOutput?(line: FunctionLine): void;
  /** Every AWS request, with who makes it. */
  onRequest?: OnRequest;
  /** For tests: the policies in place of those that the templates declare. */
  amendPolicies?(declared: Policies): Policies;
  /** Every access that IAM has decided on, once. */
  onAccess?: OnAccess;
  /** Every change of an alarm's state. */
  onAlarm?(change: AlarmChange): void;
  /** Pages that are shown beside the HTTP API, by path. */
  pageAt?(path: string): Promise<Page | undefined>;
  /** Every batch that goes to a function, and how its invocation ended. */
  onDelivery?(event: DeliveryEvent): void;
};

export type LocalCloud = {
  /** `control`: where faults are injected, `PUT /control/faults`. */
  endpoints: {
    aws: string;
    dynamodb: string;
    s3: string;
    secrets: string;
    kms: string;
    control: string;
    api: string | undefined;
  };
  /** By queue name. */
  queueUrls: ReadonlyMap<string, string>;
  tableNames: readonly string[];
  /** Ends at once: what functions were doing comes back after its visibility timeout, as after any crash on AWS. */
  stop(): Promise<void>;
};

/** What everything else runs on. */
export type Services = {
  region: string;
  callers: Callers;
  access: AccessControl;
  sqsAndSns: SqsAndSns;
  dynamodb: DynamoDb;
  secrets: SecretsManager;
  kms: Kms;
  s3: S3;
  rules: RuleBook;
  deliveries: Deliveries;
  clock: ScaledClock;
  cloudWatch: CloudWatch;
};

/** Runs a synthesized CDK app on this machine: its queues, topics, tables, secrets, functions and mappings. */
export const startCloud = async (options: CloudOptions): Promise<LocalCloud> => {
  const assembly = await readAssembly(options.assemblyDir);
  await using opened = new AsyncDisposableStack();
  const services = await startServices(opened, options, assembly.region);
  const deployment = planDeployment(assembly, {
    region: assembly.region,
    awsEndpoint: services.sqsAndSns.endpoint,
  });
  deployment.policies = options.amendPolicies?.(deployment.policies) ?? deployment.policies;
  await services.access.govern(deployment, assembly.region);
  await createResources(services, deployment, options.secrets);
  const functions = startFunctions(opened, options, services, deployment);
  startMappings(opened, services, deployment, functions);
  await startEvents(opened, services, deployment, functions);
  const api = await startApi(opened, options, services, deployment, functions);
  const alarms = watchAlarms(services, deployment, options.onAlarm);
  const parts = { deployment, alarms, functions };
  const control = await startControl(opened, services, parts, options.ports.control);
  const running = opened.move();
  return {
    endpoints: {
      aws: services.sqsAndSns.endpoint,
      dynamodb: services.dynamodb.endpoint,
      s3: services.s3.endpoint,
      secrets: services.secrets.endpoint,
      kms: services.kms.endpoint,
      control,
      api,
    },
    queueUrls: new Map(deployment.queues.map(({ name, url }) => [name, url])),
    tableNames: deployment.tables.map(({ name }) => name),
    stop: () => running.disposeAsync(),
  };
};

const startServices = async (
  opened: AsyncDisposableStack,
  { ports, dataDir, onRequest, onDelivery, onAccess, faultSeed = 1, alarmTimeScale = 1 }: CloudOptions,
  region: string,
): Promise<Services> => {
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
  const callers = createCallers();
  const access = createAccessControl(onAccess);
  const clock = createScaledClock(alarmTimeScale);
  const cloudWatch = startCloudWatch(clock, region);
  opened.defer(() => cloudWatch.stop());
  const rules = createRuleBook(faultSeed);
  const onEvery: OnRequest = (request, exchange) => {
    onRequest?.(request, exchange);
    dynamoDbFaults(rules)(request, exchange);
    cloudWatch.onRequest(request, exchange);
  };
  const { denialOf } = access;
  const guard = { callers, onRequest: onEvery, denialOf, denies: snsFaults(rules) };
  const sqsAndSns = await startSqsAndSns({ port: ports.aws, region, dataDir, ...guard });
  opened.defer(() => sqsAndSns.stop());
  const path = dataDir === undefined ? undefined : join(dataDir, 'dynamodb');
  const dynamodb = await startDynamoDb({ port: ports.dynamodb, path, ...guard });
  opened.defer(() => dynamodb.stop());
  const secrets = await startSecretsManager(guard);
  opened.defer(() => secrets.stop());
  const keysDir = dataDir === undefined ? undefined : join(dataDir, 'kms');
  const kms = await startKms({ dir: keysDir, ...guard });
  opened.defer(() => kms.stop());
  const s3 = await startS3(guard);
  opened.defer(() => s3.stop());
  const deliveries = createDeliveries(onDelivery);
  return {
    ...{ region, callers, access, sqsAndSns, dynamodb, secrets, kms, s3 },
    ...{ rules, deliveries, clock, cloudWatch },
  };
};

const functionFinder =
  ({ functions: specs }: Deployment, functions: ReadonlyMap<string, RunningFunction>) =>
  (arn: string): RunningFunction => {
    const found = functions.get(specs.find((spec) => spec.arn === arn)?.name ?? '');
    if (found === undefined) throw new Error(`${arn} is to be invoked, and is no declared function`);
    return found;
  };

/** What invokes functions and does not wait for them: schedules and topics. */
const startEvents = async (
  opened: AsyncDisposableStack,
  { clock, region, sqsAndSns }: Services,
  deployment: Deployment,
  functions: ReadonlyMap<string, RunningFunction>,
): Promise<void> => {
  const find = functionFinder(deployment, functions);
  const functionOf = (arn: string) => find(arn).lambda;
  const { invoke, stop } = createAsyncInvocations(clock);
  opened.defer(stop);
  opened.defer(startScheduledRules({ rules: deployment.rules, clock, region, functionOf, invoke }));
  for (const subscription of deployment.functionSubscriptions) {
    const { lambda, onLine: onProblem } = find(subscription.functionArn);
    const parts = { sqsAndSns, region, invoke: (event: string) => invoke(lambda, event), onProblem };
    opened.defer(await startFunctionSubscription(parts, subscription));
  }
};

const startApi = async (
  opened: AsyncDisposableStack,
  { ports, pageAt = async () => undefined }: CloudOptions,
  { cloudWatch }: Services,
  deployment: Deployment,
  functions: ReadonlyMap<string, RunningFunction>,
): Promise<string | undefined> => {
  const spec = httpApiOf(deployment.httpApi);
  if (spec === undefined) return undefined;
  const find = functionFinder(deployment, functions);
  const functionOf = (arn: string) => find(arn).lambda;
  for (const { functionArn } of spec.routes) functionOf(functionArn);
  const metrics = cloudWatch.requests(spec.id);
  const server = await startHttpApi({ spec, port: ports.api ?? 0, functionOf, pageAt, metrics });
  opened.defer(() => server.stop());
  return server.endpoint;
};

const watchAlarms = (
  { cloudWatch, sqsAndSns }: Services,
  { alarms, queues }: Deployment,
  onChange: (change: AlarmChange) => void = () => undefined,
): Alarms =>
  cloudWatch.watch({
    alarms,
    queueNames: queues.map(({ name }) => name),
    sight: sqsAndSns.sight,
    publish: sqsAndSns.publish,
    onChange,
  });

type ControlledParts = {
  deployment: Deployment;
  alarms: Alarms;
  functions: ReadonlyMap<string, RunningFunction>;
};

const startControl = async (
  opened: AsyncDisposableStack,
  services: Services,
  { deployment, alarms, functions }: ControlledParts,
  port = 0,
): Promise<string> => {
  const { sqsAndSns, region, rules, deliveries } = services;
  const sqs = createSqsClient(sqsAndSns.endpoint, region);
  opened.defer(() => sqs.close());
  const urls = new Map(deployment.queues.map(({ name, url }) => [name, url]));
  const expireVisibility = async (queueName: string) => {
    const url = urls.get(queueName) ?? '';
    return sqs.release(url, deliveries.takeOrphans(url));
  };
  const server = await startControlServer(
    {
      rules,
      deliveries,
      alarms,
      queueNames: [...urls.keys()],
      tableNames: deployment.tables.map(({ name }) => name),
      expireVisibility,
      functions: new Map([...functions].map(([name, { lambda }]) => [name, lambda])),
    },
    port,
  );
  opened.defer(() => server.stop());
  return server.endpoint;
};
