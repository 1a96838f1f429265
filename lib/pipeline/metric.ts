/** Metrics that workers emit, named once for code, alarms and documents. All carry the dimension `Lane`. */
export const metric = {
  jobsSucceeded: 'JobsSucceeded',
  jobsFailed: 'JobsFailed',
  jobsExpired: 'JobsExpired',
  /** Canceled, because the data of one of their subjects was erased. */
  jobsErased: 'JobsErased',
  jobsDeferred: 'JobsDeferred',
  duplicates: 'DuplicateDeliveries',
  rescuedAnswers: 'RescuedAnswers',
  cachedAnswers: 'CachedAnswers',
  defaultAnswers: 'DefaultAnswers',
  messagesRejected: 'MessagesRejected',
  deliveryErrors: 'DeliveryErrors',
  /** From sending to the first run of a job. */
  queueWait: 'QueueWait',
  /** How long ago the oldest message of a batch was sent, at every delivery: SQS forgets those it delivers often. */
  messageAge: 'MessageAge',
  modelLatency: 'ModelLatency',
  firstEventLatency: 'FirstEventLatency',
  callsCutOff: 'CallsCutOff',
  circuitSkips: 'CircuitSkips',
  inputTokens: 'InputTokens',
  outputTokens: 'OutputTokens',
  costMicroUsd: 'CostMicroUsd',
  /** Calls whose usage is not known. */
  unpricedCalls: 'UnpricedCalls',
  /** Calls whose usage is known, and the price of their tier or day is not. */
  unknownPrices: 'UnknownPrices',
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

/** Metrics of functions that work for all lanes: their only dimension is `service`, the function's name. */
export const doorMetric = {
  alertsReceived: { name: 'AlertsReceived', door: 'group-alerts' },
  noticesSent: { name: 'NoticesSent', door: 'group-alerts' },
  noticesUnsent: { name: 'NoticesUnsent', door: 'group-alerts' },
  alertsRejected: { name: 'AlertsRejected', door: 'group-alerts' },
  /** Records of groups that were met and cannot be read. */
  groupsUnreadable: { name: 'GroupsUnreadable', door: 'group-alerts' },
  heartbeat: { name: 'Heartbeat', door: 'group-alerts' },
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
  /** Open requests of which more than 20 days of the month are over. */
  privacyRequestsLate: { name: 'PrivacyRequestsLate', door: 'answer-privacy-requests' },
  /** What is wrong with the chains of the audit trail, together. */
  auditFaults: { name: 'AuditFaults', door: 'verify-privacy' },
  /** Events that are not sent because their endpoint has answered 410; the one that it answered so is the first. */
  webhooksDisabled: { name: 'WebhooksDisabled', door: 'send-webhooks' },
} as const;

export type DoorMetric = (typeof doorMetric)[keyof typeof doorMetric];
