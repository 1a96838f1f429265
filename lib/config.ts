import { leastVisibilitySeconds } from './pipeline/dispatch/timeout-lattice.ts';
import { defaultQuotas } from './pipeline/fleet/default-quotas.ts';
import type { Quota } from './pipeline/fleet/quota.ts';
import type { LaneName } from './pipeline/job/lane.ts';
import { type ProviderName, providerNames, type ServiceTier } from './pipeline/model/model.ts';
import type { BudgetRules } from './pipeline/money/budget.ts';
import { defaultObjectives, type Objectives } from './pipeline/objectives.ts';
import { DAY_MS } from './pipeline/utc.ts';

export const stageNames = ['dev', 'staging', 'production', 'local'] as const;
export type StageName = (typeof stageNames)[number];

/** How one lane is worked off. */
export type LaneConfig = {
  /** Invocations at a time: the mapping's maximum concurrency. */
  concurrency: number;
  /** Messages per invocation. */
  batchSize: number;
  /** Jobs of a batch worked on at a time. concurrency x parallelism jobs of the lane are in flight at most. */
  parallelism: number;
  /** How long a mapping may gather a batch, in seconds. */
  batchingWindowSeconds: number;
  /** From sending to result, for jobs without a deadline of their own, in seconds. */
  patienceSeconds: number;
  /** When no model answers: the cached or default answer at once, or only when the deadline nears. */
  lastRungs: 'at-once' | 'at-deadline';
  /** What calls of this lane ask for, where the provider sells it for the model: others are asked at the default tier. */
  tier: ServiceTier;
};

/** Base URLs as each provider's own SDK writes them (OpenAI's ends in `/v1`). One that is left out is never called. */
export type ProviderUrls = Partial<Record<ProviderName, string>>;

/** An OpenID provider whose access tokens have our scopes in the claim `scope`. */
export type Issuer = {
  url: string;
  /** What its tokens are for: their claim `aud`, or `client_id` where they have none. */
  audience: string;
  /** The claim that names the tenant. */
  tenantClaim: string;
};

/** Every knob of a deployment. */
export type StageConfig = {
  stage: StageName;
  lanes: Readonly<Record<LaneName, LaneConfig>>;
  worker: {
    /** 256 MB: the function waits for models and does little else (field notes: cost is memory x wait). */
    memoryMb: number;
    /** Must hold the longest fallback chain plus the reserve. */
    timeoutSeconds: number;
    /** Kept back of an invocation to write results, in ms. */
    reserveMs: number;
    /** What the visibility timeout exceeds the least that the lattice asks for by, in seconds. */
    visibilityMarginSeconds: number;
    /**
     * Whether each lane's concurrency is set aside for it. Needs an account quota of at least 126 concurrent
     * executions (26 for the lanes and the 100 that AWS keeps unreserved); new accounts have 10.
     */
    reserveConcurrency: boolean;
    /** How workers go over to a new version. No canary begins while an alarm fires: what mends it goes at once. */
    shift: 'canary' | 'at-once';
    logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  };
  queue: {
    /** For consumers that poll by hand, such as DLQ tools; an event source mapping long-polls anyway. */
    longPollingSeconds: number;
    retentionDays: number;
    deadLetterRetentionDays: number;
    /**
     * Receives, not calls: every message that Relay sends back counts, so the lattice asks for as many as a lane's
     * patience may take. Relay counts calls itself and sends what is no job to the dead-letter queue at once.
     */
    maxReceives: number;
  };
  /** How long a job and its result stay readable, in days. */
  jobRetentionDays: number;
  /** How long each call stays in the ledger, and its hour in the totals, in days: a year's accounts and a month to close them. */
  ledgerRetentionDays: number;
  /** How long a privacy request is kept, in days: that it was answered, and when, may have to be shown for years (Art. 5(2)). */
  privacyRetentionDays: number;
  /** From an erasure's first look through the stores to its second, in seconds; stage `local` alone may shorten it. */
  erasureSettleSeconds?: number;
  exportDays: number; // that the export of somebody's data lies ready
  auditRetentionDays: number; // twelve months (CNIL, recommendation on logging)
  logRetentionDays: 1 | 7 | 14 | 30;
  /** Days that a table can be restored to. */
  recoveryDays: number;
  providers: ProviderUrls;
  /** Base URL of a model server that keeps an account of every call; its providers are those with the same origin. */
  callRecords?: string;
  /** What the fleet may ask of each model. A model that is not listed is limited by its provider alone. */
  quotas: readonly Quota[];
  /** What tenants may spend on models in a UTC day. Without a default, tenants that are not named have no budget. */
  budgets: BudgetRules;
  /** Jobs that one creator of a tenant may start in a minute, over all lanes. */
  userStartsPerMinute: number;
  /** How long a model's answer may be given again to the same words of the same creator, in seconds. */
  answerFreshSeconds: number;
  /** The last rung of every chain: what a fan may read when no model has answered and no answer is cached. */
  defaultAnswer: string;
  /** Whether a job must name the consent of the person that it is about (`consentRef`), or fails before any call. */
  requireConsent: boolean;
  /** Whether a job in mode auto must say that the person was told (`disclosed`), or fails before any call. */
  requireDisclosure: boolean;
  /** Keep tables, queues and secrets when their stack goes, and refuse to delete them. */
  protectData: boolean;
  /** How alerts become notices. In seconds. */
  alerts: {
    /** From the first news of a group to its notice; a first critical alert does not wait. */
    groupWaitSeconds: number;
    /** Least time between two notices of a group. */
    groupIntervalSeconds: number;
    /** What still fires is told again after this. */
    repeatIntervalSeconds: number;
  };
  webhooks: {
    /** How long after each failed try the next one is made; then the event is set aside. In seconds. */
    waitsSeconds: readonly number[];
    /** Whether endpoints may be on this machine, by plain HTTP and at any port. For stage `local` alone. */
    toThisMachine: boolean;
  };
  objectives: Objectives;
  /** What may go to providers within an hour before someone is to look, in US dollars. */
  spendPerHourUsd: number;
  /** How long a job takes as a rule, in seconds: how fast a lane is worked off. */
  typicalJobSeconds: number;
  api: {
    /** All callers together, per second, and how many of them at once: beyond that API Gateway answers 429. */
    requestsPerSecond: number;
    burst: number;
    memoryMb: number;
    /** Jobs that one tenant may submit in a minute: beyond that it is answered 429 and when to come back. */
    submitsPerMinute: number;
    /** Requests of one tenant in a minute that may wait for a job's end, up to 25 s each; others are answered at once. */
    waitsPerMinute: number;
  };
  /** Who vouches for callers of the API. Without one, a Cognito user pool with machine clients is deployed. */
  issuer?: Issuer;
  /** Who is told. Without it the topic of notices has no subscriber. */
  alarmEmail?: string;
};

const lanes: StageConfig['lanes'] = {
  critical: {
    concurrency: 10,
    batchSize: 1,
    parallelism: 1,
    batchingWindowSeconds: 0,
    patienceSeconds: 300,
    lastRungs: 'at-once',
    tier: 'priority',
  },
  high: {
    concurrency: 8,
    batchSize: 2,
    parallelism: 2,
    batchingWindowSeconds: 0,
    patienceSeconds: 900,
    lastRungs: 'at-once',
    tier: 'default',
  },
  medium: {
    concurrency: 5,
    batchSize: 5,
    parallelism: 2,
    batchingWindowSeconds: 0,
    patienceSeconds: 3_600,
    lastRungs: 'at-deadline',
    tier: 'default',
  },
  low: {
    concurrency: 3,
    batchSize: 10,
    parallelism: 3,
    batchingWindowSeconds: 0,
    patienceSeconds: 21_600,
    lastRungs: 'at-deadline',
    tier: 'flex',
  },
};

const base: Omit<StageConfig, 'stage'> = {
  lanes,
  worker: {
    memoryMb: 256,
    timeoutSeconds: 150,
    reserveMs: 8_000,
    visibilityMarginSeconds: 10,
    reserveConcurrency: true,
    shift: 'canary',
    logLevel: 'INFO',
  },
  queue: { longPollingSeconds: 10, retentionDays: 4, deadLetterRetentionDays: 14, maxReceives: 200 },
  jobRetentionDays: 7,
  ledgerRetentionDays: 400,
  privacyRetentionDays: 1_096,
  exportDays: 7,
  auditRetentionDays: 366,
  logRetentionDays: 30,
  recoveryDays: 7,
  providers: {
    openai: 'https://eu.api.openai.com/v1',
    anthropic: 'https://api.anthropic.com',
  },
  quotas: defaultQuotas,
  budgets: { criticalShare: 0.1, tenants: {} },
  userStartsPerMinute: 10,
  answerFreshSeconds: 3_600,
  defaultAnswer:
    'Thank you for your message! An answer is on its way. / Merci pour ton message ! La réponse arrive.',
  requireConsent: false,
  requireDisclosure: false,
  protectData: true,
  alerts: { groupWaitSeconds: 30, groupIntervalSeconds: 300, repeatIntervalSeconds: 14_400 },
  api: { requestsPerSecond: 500, burst: 250, memoryMb: 512, submitsPerMinute: 6_000, waitsPerMinute: 120 },
  // 8 tries within 27.6 h, as Standard Webhooks advises ("Deliverability and reliability")
  webhooks: { waitsSeconds: [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000], toThisMachine: false },
  objectives: defaultObjectives,
  spendPerHourUsd: 25,
  typicalJobSeconds: 10,
};

/** Each stage as it is when its deployer says nothing else. */
export const stages: Readonly<Record<StageName, StageConfig>> = {
  production: { ...base, stage: 'production' },
  staging: { ...base, stage: 'staging' },
  dev: {
    ...base,
    stage: 'dev',
    worker: { ...base.worker, reserveConcurrency: false, shift: 'at-once', logLevel: 'DEBUG' },
    logRetentionDays: 7,
    protectData: false,
  },
  local: {
    ...base,
    stage: 'local',
    worker: { ...base.worker, shift: 'at-once' },
    providers: {},
    protectData: false,
    issuer: { url: 'http://127.0.0.1:4020', audience: 'relay', tenantClaim: 'tenant_id' },
    webhooks: { ...base.webhooks, toThisMachine: true },
  },
};

/** A configuration that cannot be deployed; the message says what to change and needs no stack trace. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

/** CloudWatch namespace of a stage, e.g. `Huntaze/Production`. */
export const metricsNamespace = (stage: StageName): string =>
  `Huntaze/${stage.charAt(0).toUpperCase()}${stage.slice(1)}`;

/** The providers that a stage may call. */
export const usedProviders = ({ providers }: StageConfig): ReadonlySet<ProviderName> =>
  new Set(providerNames.filter((name) => providers[name] !== undefined));

/** How long a message that was received stays hidden, in seconds. */
export const visibilitySeconds = ({ worker }: StageConfig, lane: LaneConfig): number =>
  leastVisibilitySeconds({
    batchingWindowSeconds: lane.batchingWindowSeconds,
    functionTimeoutSeconds: worker.timeoutSeconds,
  }) + worker.visibilityMarginSeconds;

/** Days in seconds. */
export const daysInSeconds = (count: number): number => (count * DAY_MS) / 1_000;

/** Providers with a usage API that can be read by the hour. Azure OpenAI has none: its cost is in Azure's own, a day later. */
export const usageApis = { openai: 'openai-usage', anthropic: 'anthropic-usage' } as const;

const hasUsageApi = (name: ProviderName): name is keyof typeof usageApis => Object.hasOwn(usageApis, name);

/** Where the ledger is held against providers' own accounts: a model server's, or the provider's usage API. */
export const accountsOf = ({ providers, callRecords, stage }: StageConfig) => {
  const given = providerNames.flatMap((name) => {
    const url = providers[name];
    return url === undefined ? [] : [{ name, url }];
  });
  const isRecorded = ({ url }: { url: string }) =>
    callRecords !== undefined && new URL(url).origin === new URL(callRecords).origin;
  const recorded = given.filter(isRecorded).map(({ name }) => name);
  const others = stage === 'local' ? [] : given.filter((it) => !isRecorded(it));
  return [
    ...(callRecords === undefined ? [] : [{ kind: 'calls', url: callRecords, providers: recorded }]),
    ...others.flatMap(({ name, url }) =>
      hasUsageApi(name) ? [{ kind: usageApis[name], url, providers: [name] }] : [],
    ),
  ];
};
