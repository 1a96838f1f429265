import type { App } from 'aws-cdk-lib';
import {
  ConfigurationError,
  daysInSeconds,
  type StageConfig,
  usedProviders,
  visibilitySeconds,
} from '../config.ts';
import { latticeProblems } from '../pipeline/dispatch/timeout-lattice.ts';
import { laneNames } from '../pipeline/job/lane.ts';
import type { Catalogue } from '../pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../pipeline/model/default-catalogue.ts';
import { shutdownProblems } from '../pipeline/model/lifecycle.ts';
import { AccountingStack } from './accounting-stack.ts';
import { AlertsStack } from './alerts-stack.ts';
import { ApiStack } from './api-stack.ts';
import { DataStack } from './data-stack.ts';
import { OperationsStack } from './operations-stack.ts';
import { PipelineStack } from './pipeline-stack.ts';
import { PrivacyStack } from './privacy-stack.ts';
import { WebhooksStack } from './webhooks-stack.ts';

type Parts = {
  /** Holds a folder for each door under `functions/`, as `bundleFunctions` leaves it. */
  bundlesDir: string;
  /** The day of the synth: models that are shut down soon after it are refused. In ms since 1970. */
  nowMs: number;
  catalogue?: Catalogue;
};

/**
 * All stacks of one stage. Throws, with a sentence per contradiction, when the stage's numbers do not fit together or
 * one of its models is about to be left without a provider. Stage `local` may be: nobody's jobs run there, and drills do.
 */
export const relay = (
  app: App,
  config: StageConfig,
  { bundlesDir, nowMs, catalogue = defaultCatalogue }: Parts,
): void => {
  const problems = [
    ...laneNames.flatMap((name) => latticeProblems(laneTimes(name, config), catalogue)),
    ...(config.webhooks.toThisMachine && config.stage !== 'local' ? [NOT_TO_THIS_MACHINE] : []),
    ...(config.erasureSettleSeconds !== undefined && config.stage !== 'local' ? [NOT_TO_SETTLE_SOONER] : []),
    ...(config.stage === 'local' ? [] : shutdownProblems(catalogue, usedProviders(config), nowMs)),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems.join('\n'));
  const prefix = `relay-${config.stage}`;
  const props = { tags: { application: 'relay', stage: config.stage } };
  const data = new DataStack(app, `${prefix}-data`, config, props);
  const alerts = new AlertsStack(app, `${prefix}-alerts`, config, { ...props, bundlesDir });
  const pipeline = { ...props, bundlesDir, alerts: alerts.queue };
  new PipelineStack(app, `${prefix}-pipeline`, config, data, pipeline);
  const privacy = new PrivacyStack(app, `${prefix}-privacy`, config, data, { ...props, bundlesDir });
  const api = new ApiStack(app, `${prefix}-api`, config, { data, alerts, privacy }, { ...props, bundlesDir });
  new OperationsStack(app, `${prefix}-operations`, config, { data, alerts, api }, props);
  new AccountingStack(app, `${prefix}-accounting`, config, data, { ...props, bundlesDir });
  new WebhooksStack(app, `${prefix}-webhooks`, config, data, { ...props, bundlesDir });
};

/** Sooner, a worker that began before could still write. */
const NOT_TO_SETTLE_SOONER =
  'erasureSettleSeconds: a deployed stage waits as long as its workers and their keys may live; only stage local may not';

/** There it is the machine of the function, with the service that feeds it. */
const NOT_TO_THIS_MACHINE =
  'webhooks.toThisMachine: a deployed stage may not send webhooks to its own machine; only stage local may';

const laneTimes = (name: (typeof laneNames)[number], config: StageConfig) => {
  const lane = config.lanes[name];
  return {
    name,
    tier: lane.tier,
    functionTimeoutSeconds: config.worker.timeoutSeconds,
    reserveMs: config.worker.reserveMs,
    visibilitySeconds: visibilitySeconds(config, lane),
    batchingWindowSeconds: lane.batchingWindowSeconds,
    retentionSeconds: daysInSeconds(config.queue.retentionDays),
    deadLetterRetentionSeconds: daysInSeconds(config.queue.deadLetterRetentionDays),
    jobRetentionSeconds: daysInSeconds(config.jobRetentionDays),
    reservedConcurrency: config.worker.reserveConcurrency ? lane.concurrency : undefined,
    mappingConcurrency: lane.concurrency,
    batchSize: lane.batchSize,
    parallelism: lane.parallelism,
    patienceSeconds: lane.patienceSeconds,
    maxReceives: config.queue.maxReceives,
  };
};
