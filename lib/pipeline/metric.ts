/** Metrics that workers emit, named once for code, alarms and documents. All carry the dimension `Lane`. */
export const metric = {
  jobsSucceeded: 'JobsSucceeded',
  jobsFailed: 'JobsFailed',
  jobsExpired: 'JobsExpired',
  jobsDeferred: 'JobsDeferred',
  duplicates: 'DuplicateDeliveries',
  rescuedAnswers: 'RescuedAnswers',
  cachedAnswers: 'CachedAnswers',
  defaultAnswers: 'DefaultAnswers',
  messagesRejected: 'MessagesRejected',
  deliveryErrors: 'DeliveryErrors',
  queueWait: 'QueueWait',
  modelLatency: 'ModelLatency',
  firstEventLatency: 'FirstEventLatency',
  callsCutOff: 'CallsCutOff',
  circuitSkips: 'CircuitSkips',
  inputTokens: 'InputTokens',
  outputTokens: 'OutputTokens',
  costMicroUsd: 'CostMicroUsd',
  unpricedCalls: 'UnpricedCalls',
  providerNeedsPerson: 'ProviderNeedsPerson',
  /** Entries of the ledger that went to repair. */
  ledgerUnwritten: 'LedgerUnwritten',
  /** Jobs that were turned away because their tenant has spent its budget. */
  budgetsExhausted: 'BudgetsExhausted',
  budgetWarnings: 'BudgetWarnings',
} as const;

export type MetricName = (typeof metric)[keyof typeof metric];

export const LANE_DIMENSION = 'Lane';
export const METRICS_SERVICE = 'process-job';

/** Metrics of the aggregator of alerts. It has no lanes: they carry `service` alone. */
export const alertMetric = {
  alertsReceived: 'AlertsReceived',
  noticesSent: 'NoticesSent',
  noticesUnsent: 'NoticesUnsent',
  alertsRejected: 'AlertsRejected',
  heartbeat: 'Heartbeat',
} as const;

export type AlertMetricName = (typeof alertMetric)[keyof typeof alertMetric];

export const ALERTS_SERVICE = 'group-alerts';

/** Metrics of doors that work for all lanes: their only dimension is `service`, the door's name. */
export const doorMetric = {
  /** Absolute micro-dollars between ledger and provider. */
  ledgerDrift: { name: 'LedgerDrift', door: 'reconcile-costs' },
  /** Micro-dollars of the ledger that no account was held against. */
  unreconciledCost: { name: 'UnreconciledCost', door: 'reconcile-costs' },
  /** Days until a logical model loses its last live provider, the smallest over models. */
  modelShutdownDays: { name: 'ModelShutdownDays', door: 'total-costs' },
  webhooksDelivered: { name: 'WebhooksDelivered', door: 'send-webhooks' },
  /** Tries that failed and will be made again. */
  webhooksRetried: { name: 'WebhooksRetried', door: 'send-webhooks' },
  /** Tries that called nobody: the URL, or an address of its host, is none that may be called. */
  webhooksRefused: { name: 'WebhooksRefused', door: 'send-webhooks' },
  /** Events that are not sent because their endpoint has answered 410; the one that it answered so is the first. */
  webhooksDisabled: { name: 'WebhooksDisabled', door: 'send-webhooks' },
} as const;

export type DoorMetricName = (typeof doorMetric)[keyof typeof doorMetric]['name'];
