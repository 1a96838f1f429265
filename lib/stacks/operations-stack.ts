import { Stack, type StackProps } from 'aws-cdk-lib';
import { ComparisonOperator, type IAlarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import { RunbookCompositeAlarm } from '../constructs/runbook-composite-alarm.ts';
import type { AlarmPlan, Way } from './alarms/alarm-plan.ts';
import { alarmPlans } from './alarms/alarm-plans.ts';
import type { AlertsStack } from './alerts-stack.ts';
import type { ApiStack } from './api-stack.ts';
import { relayDashboard } from './dashboard.ts';
import type { DataStack } from './data-stack.ts';

type Parts = { data: DataStack; alerts: AlertsStack; api: ApiStack };
type Topics = Readonly<Record<Way, ITopic | undefined>>;

/** What the person on call is told, and by which way. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, config: StageConfig, parts: Parts, props: StackProps) {
    super(scope, id, props);
    const { data, alerts, api } = parts;
    // Dead letters reach people directly: nothing may stand between them and whoever moves them back.
    const topics: Topics = { grouped: alerts.alarms, direct: alerts.notices, part: undefined };
    const alarms = new Map<string, IAlarm>();
    const plans = alarmPlans(config, data, api);
    for (const plan of plans)
      alarms.set(plan.name, this.planned(plan, `relay-${config.stage}-${plan.name}`, topics, alarms));
    relayDashboard(this, config, { data, api }, { plans, alarms });
  }

  private planned(
    plan: AlarmPlan,
    alarmName: string,
    topics: Topics,
    known: ReadonlyMap<string, IAlarm>,
  ): IAlarm {
    const topic = topics[plan.way];
    if (plan.kind === 'metric') {
      const defaults = {
        comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      };
      return new RunbookAlarm(this, plan.name, { ...defaults, ...plan, alarmName, topic }).alarm;
    }
    const rule = plan.rule((name) => {
      const part = known.get(name);
      if (part === undefined) throw new Error(`${plan.name} is made of "${name}", which is no alarm`);
      return part;
    });
    return new RunbookCompositeAlarm(this, plan.name, { ...plan, alarmName, rule, topic }).alarm;
  }
}
