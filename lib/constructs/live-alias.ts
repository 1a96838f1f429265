import { Validations } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type LambdaApplication,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
} from 'aws-cdk-lib/aws-codedeploy';
import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** How the alias goes over to a new version. */
export type Shift =
  | { kind: 'at-once' }
  /** A tenth of the invocations for ten minutes, then all; back again when one of the alarms fires. */
  | { kind: 'canary'; application: LambdaApplication; alarms: readonly IAlarm[] };

/** What invokes a function names this alias of it, so that a deploy can hand it over bit by bit. */
export class LiveAlias extends Construct {
  readonly alias: Alias;

  constructor(scope: Construct, id: string, { lambda, shift }: { lambda: LambdaFunction; shift: Shift }) {
    super(scope, id);
    this.alias = lambda.addAlias('live');
    if (shift.kind === 'at-once') return;
    const group = new LambdaDeploymentGroup(this, 'Deployment', {
      application: shift.application,
      alias: this.alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
      alarms: [...shift.alarms],
    });
    Validations.of(group).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason:
        "AWS's own policy for this service: aliases, alarms and the bucket of its own hooks, nothing of ours.",
    });
  }
}
