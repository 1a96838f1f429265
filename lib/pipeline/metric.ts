/** Metrics that functions emit, named once for code, alarms and documents. All carry the dimension `Lane`. */
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
  budgetWarnings: 'BudgetWarnings',
  budgetsExhausted: 'BudgetsExhausted',
  ledgerUnwritten: 'LedgerUnwritten',
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

/** Metrics of the stage as a whole; the function that emits them is the dimension `service`. */
export const stageMetric = {
  ledgerDrift: 'LedgerDrift',
} as const;

export type StageMetricName = (typeof stageMetric)[keyof typeof stageMetric];
