import { Aws, CfnOutput, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnStage,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  HttpStage,
  type IHttpApi,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { environment } from '../../functions/http-api/environment.ts';
import type { RouteSpec } from '../api/route.ts';
import { routeKeyOf, routes } from '../api/routes.ts';
import { scopes } from '../api/scope.ts';
import { daysInSeconds, type StageConfig } from '../config.ts';
import {
  acceptsJobsIn,
  appendsTo,
  feeds,
  publishesTo,
  readsAllAndSharesFamiliesIn,
  readsPartitionsOf,
  recordsIn,
  redrives,
  takesKeysIn,
} from '../constructs/binding.ts';
import { JobFunction } from '../constructs/job-function.ts';
import { MachineIdentities } from '../constructs/machine-identities.ts';
import { fetchesFrom, wrapsWith } from '../constructs/privacy-binding.ts';
import { CIRCUIT_FAMILY } from '../pipeline/fleet/circuits.ts';
import { LIMIT_FAMILIES } from '../pipeline/fleet/tenant-limit.ts';
import { laneNames } from '../pipeline/job/lane.ts';
import type { AuditChain } from '../pipeline/privacy/audit-chains.ts';
import type { AlertsStack } from './alerts-stack.ts';
import { type DataStack, TENANT_JOBS_INDEX } from './data-stack.ts';
import type { PrivacyStack } from './privacy-stack.ts';

type ApiProps = StackProps & { bundlesDir: string };

/** What the API shows and changes. */
type Behind = { data: DataStack; alerts: AlertsStack; privacy: PrivacyStack };

/** API Gateway gives up after 30 s; a second less, and it is the function that says so. */
const TIMEOUT_SECONDS = 29;

const AUDIT_CHAIN: AuditChain = 'http-api';

/** A monitor and a few people who read; their clients try again. */
const OPEN_PER_SECOND = 20;

/** Cognito's name of our resource server. */
const RESOURCE_SERVER = 'relay';

/** How tokens are read: whose they are, and how they write tenants and scopes. */
type Trust = { issuerUrl: string; audience: string[]; tenantClaim: string; scopePrefix: string };

/** The HTTP API: one route of API Gateway for each of ours, each with its scopes, and one function behind all. */
export class ApiStack extends Stack {
  /** Told by the gateway itself, so that a function that never runs is seen too. */
  readonly requests: Pick<IHttpApi, 'metricCount' | 'metricLatency' | 'metricServerError'>;

  constructor(scope: Construct, id: string, config: StageConfig, behind: Behind, props: ApiProps) {
    super(scope, id, props);
    const trust = this.trust(config);
    const door = this.door(config, behind, trust, props.bundlesDir);
    const api = new HttpApi(this, 'Api', {
      apiName: `relay-${config.stage}`,
      createDefaultStage: false,
    });
    const integration = new HttpLambdaIntegration('http-api', door.lambda, { scopePermissionToRoute: false });
    const authorizer = new HttpJwtAuthorizer('tokens', trust.issuerUrl, { jwtAudience: trust.audience });
    const open: HttpRoute[] = [];
    for (const spec of Object.values<RouteSpec>(routes)) {
      const added = api.addRoutes({
        path: spec.path,
        methods: [HttpMethod[spec.method]],
        integration,
        ...(spec.scopes.length > 0 && {
          authorizer,
          authorizationScopes: spec.scopes.map((name) => `${trust.scopePrefix}${name}`),
        }),
      });
      if (spec.scopes.length === 0)
        for (const route of added) {
          open.push(route);
          Validations.of(route).acknowledge({
            id: 'AwsSolutions-APIG4',
            reason:
              'Open to everybody on purpose: it says that the API is up, or what it is like, and nothing else.',
          });
        }
    }
    this.stage(api, open, config);
    this.requests = api;
    new CfnOutput(this, 'Url', { value: api.apiEndpoint });
  }

  private trust(config: StageConfig): Trust {
    if (config.issuer !== undefined) {
      const { url, audience, tenantClaim } = config.issuer;
      return { issuerUrl: url, audience: [audience], tenantClaim, scopePrefix: '' };
    }
    const identities = new MachineIdentities(this, 'identities', {
      name: `relay-${config.stage}`,
      identifier: RESOURCE_SERVER,
      scopes,
      clients: {
        product: ['jobs:read', 'jobs:write', 'privacy:write'], // a right is asked for in the name of the tenant
        operations: ['ops:read', 'ops:write'],
      },
      domainPrefix: `relay-${config.stage}-${Aws.ACCOUNT_ID}`,
      removalPolicy: config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    new CfnOutput(this, 'TokenUrl', { value: identities.tokenUrl });
    return {
      issuerUrl: identities.issuerUrl,
      audience: identities.clients.map(({ userPoolClientId }) => userPoolClientId),
      tenantClaim: 'client_id', // a Cognito access token of a machine has no claim of ours
      scopePrefix: `${RESOURCE_SERVER}/`,
    };
  }

  private door(config: StageConfig, { data, alerts, privacy }: Behind, trust: Trust, bundlesDir: string) {
    return new JobFunction(this, 'http-api', {
      functionName: `relay-${config.stage}-http-api`,
      bundleDir: `${bundlesDir}/http-api`,
      schema: environment,
      environment: {
        STAGE: config.stage,
        TENANT_CLAIM: trust.tenantClaim,
        SCOPE_PREFIX: trust.scopePrefix,
        JOBS_TABLE: acceptsJobsIn(data.jobs, TENANT_JOBS_INDEX),
        TENANT_JOBS_INDEX,
        SUBJECT_KEYS_TABLE: takesKeysIn(data.subjectKeys),
        CONTENT_KEY: wrapsWith(data.contentKey),
        TOTALS_TABLE: readsPartitionsOf(data.totals),
        ALERTS_TABLE: readsPartitionsOf(alerts.table),
        PRIVACY_TABLE: recordsIn(data.privacy),
        EXPORTS_BUCKET: fetchesFrom(privacy.exportsName),
        AUDIT_TABLE: appendsTo(data.audit, AUDIT_CHAIN),
        FLEET_TABLE: readsAllAndSharesFamiliesIn(data.fleet, CIRCUIT_FAMILY, ...LIMIT_FAMILIES),
        CRITICAL_QUEUE_URL: feeds(data.lanes.critical.queue),
        HIGH_QUEUE_URL: feeds(data.lanes.high.queue),
        MEDIUM_QUEUE_URL: feeds(data.lanes.medium.queue),
        LOW_QUEUE_URL: feeds(data.lanes.low.queue),
        CRITICAL_DEAD_LETTERS_URL: redrives(data.lanes.critical.deadLetterQueue),
        HIGH_DEAD_LETTERS_URL: redrives(data.lanes.high.deadLetterQueue),
        MEDIUM_DEAD_LETTERS_URL: redrives(data.lanes.medium.deadLetterQueue),
        LOW_DEAD_LETTERS_URL: redrives(data.lanes.low.deadLetterQueue),
        JOB_RETENTION_SECONDS: String(daysInSeconds(config.jobRetentionDays)),
        LEDGER_RETENTION_SECONDS: String(daysInSeconds(config.ledgerRetentionDays)),
        PRIVACY_RETENTION_SECONDS: String(daysInSeconds(config.privacyRetentionDays)),
        AUDIT_RETENTION_SECONDS: String(daysInSeconds(config.auditRetentionDays)),
        WAITS_PER_MINUTE: String(config.api.waitsPerMinute),
        SUBMITS_PER_MINUTE: String(config.api.submitsPerMinute),
        RESULTS_TOPIC: publishesTo(data.results),
        PATIENCE_MS: JSON.stringify(
          Object.fromEntries(laneNames.map((name) => [name, config.lanes[name].patienceSeconds * 1000])),
        ),
        BUDGETS: JSON.stringify(config.budgets),
        PROVIDER_URLS: JSON.stringify(config.providers),
      },
      memoryMb: config.api.memoryMb,
      timeoutSeconds: TIMEOUT_SECONDS,
      logRetentionDays: config.logRetentionDays,
      logLevel: config.worker.logLevel,
    });
  }

  /** What is logged of a request names its route and not its URL, which has ids in it, nor where it came from. */
  private stage(api: HttpApi, open: readonly HttpRoute[], config: StageConfig): void {
    const logGroup = new LogGroup(this, 'AccessLogs', {
      logGroupName: `/aws/apigateway/relay-${config.stage}`,
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: config.api.requestsPerSecond, burstLimit: config.api.burst },
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            route: '$context.routeKey',
            status: '$context.status',
            latencyMs: '$context.responseLatency',
            authorizer: '$context.authorizer.error',
            integration: '$context.integrationErrorMessage',
          }),
        ),
      },
    });
    throttleOpenRoutes(stage, open);
  }
}

/** Each open route has a bucket of its own: whoever has no token cannot use up what is there for those who have one. */
const throttleOpenRoutes = (stage: HttpStage, open: readonly HttpRoute[]): void => {
  const { defaultChild } = stage.node;
  if (!(defaultChild instanceof CfnStage)) throw new Error('the stage of the API is no CfnStage');
  const settings = {
    DetailedMetricsEnabled: true,
    ThrottlingRateLimit: OPEN_PER_SECOND,
    ThrottlingBurstLimit: OPEN_PER_SECOND,
  };
  const keys = Object.values<RouteSpec>(routes)
    .filter(({ scopes: wanted }) => wanted.length === 0)
    .map(routeKeyOf);
  defaultChild.routeSettings = Object.fromEntries(keys.map((key) => [key, settings]));
  stage.node.addDependency(...open); // a stage may only name routes that there are
};
