import { Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { environment as verifyPrivacy } from '../../functions/verify-privacy/environment.ts';
import { daysInSeconds, metricsNamespace, type StageConfig } from '../config.ts';
import { readsPartitionsOf } from '../constructs/binding.ts';
import { JobFunction } from '../constructs/job-function.ts';
import type { DataStack } from './data-stack.ts';

type PrivacyProps = StackProps & { bundlesDir: string };

const MEMORY_MB = 512;

/** How often the audit trail is verified, in minutes. */
export const VERIFY_EVERY_MINUTES = 60;

/** What keeps the rights of persons, and what proves it: behind the line of jobs, never in front of it. */
export class PrivacyStack extends Stack {
  private readonly config: StageConfig;
  private readonly bundlesDir: string;

  constructor(scope: Construct, id: string, config: StageConfig, data: DataStack, props: PrivacyProps) {
    super(scope, id, props);
    this.config = config;
    this.bundlesDir = props.bundlesDir;
    this.verifyPrivacy(data);
  }

  /** It may read and nothing else: who verifies cannot be who has changed. */
  private verifyPrivacy({ audit }: DataStack): void {
    const verify = new JobFunction(this, 'verify-privacy', {
      ...this.common('verify-privacy'),
      schema: verifyPrivacy,
      environment: {
        AUDIT_TABLE: readsPartitionsOf(audit),
        AUDIT_RETENTION_SECONDS: String(daysInSeconds(this.config.auditRetentionDays)),
        METRICS_NAMESPACE: metricsNamespace(this.config.stage),
      },
      timeoutSeconds: 300,
    });
    this.schedule('verify-privacy', verify, Schedule.rate(Duration.minutes(VERIFY_EVERY_MINUTES)));
  }

  private common(door: string) {
    return {
      functionName: `relay-${this.config.stage}-${door}`,
      bundleDir: `${this.bundlesDir}/${door}`,
      memoryMb: MEMORY_MB,
      logRetentionDays: this.config.logRetentionDays,
      logLevel: this.config.worker.logLevel,
    };
  }

  private schedule(
    door: string,
    { lambda }: { lambda: JobFunction<never>['lambda'] },
    schedule: Schedule,
  ): void {
    const rule = new Rule(this, `${door}-schedule`, {
      ruleName: `relay-${this.config.stage}-${door}`,
      schedule,
      targets: [new LambdaTarget(lambda)],
    });
    Validations.of(rule).acknowledge({
      id: 'Serverless-EventBusDLQ',
      reason: 'A run that was missed is made up for by the next one, which finds all that there is to do.',
    });
  }
}
