/** Metrics that functions emit, named once for code, alarms and documents. All carry the dimension `Lane`. */
export const metric = {
  jobsSucceeded: 'JobsSucceeded',
  jobsFailed: 'JobsFailed',
  jobsExpired: 'JobsExpired',
  jobsDeferred: 'JobsDeferred',
  duplicates: 'DuplicateDeliveries',
  messagesRejected: 'MessagesRejected',
  deliveryErrors: 'DeliveryErrors',
  queueWait: 'QueueWait',
  modelLatency: 'ModelLatency',
  inputTokens: 'InputTokens',
  outputTokens: 'OutputTokens',
  costMicroUsd: 'CostMicroUsd',
  unpricedCalls: 'UnpricedCalls',
  providerNeedsPerson: 'ProviderNeedsPerson',
} as const;

export type MetricName = (typeof metric)[keyof typeof metric];

export const LANE_DIMENSION = 'Lane';
export const METRICS_SERVICE = 'process-job';
