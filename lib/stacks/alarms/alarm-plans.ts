import type { StageConfig } from '../../config.ts';
import type { ApiStack } from '../api-stack.ts';
import type { DataStack } from '../data-stack.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { endingAlarms } from './ending-alarms.ts';
import { laneAlarms } from './lane-alarms.ts';
import { machineryAlarms } from './machinery-alarms.ts';
import { moneyAlarms } from './money-alarms.ts';
import { privacyAlarms } from './privacy-alarms.ts';
import { providerAlarms } from './provider-alarms.ts';
import { webhookAlarms } from './webhook-alarms.ts';

/** Every alarm of a stage, composites after what they are made of. */
export const alarmPlans = (config: StageConfig, data: DataStack, api: ApiStack): AlarmPlan[] => {
  const plans = [
    ...laneAlarms(config, data),
    ...endingAlarms(config),
    ...providerAlarms(config),
    ...machineryAlarms(config, data, api),
    ...moneyAlarms(config, data),
    ...webhookAlarms(config, data),
    ...privacyAlarms(config),
  ];
  const composites = plans.filter(({ kind }) => kind === 'composite');
  return [...plans.filter(({ kind }) => kind === 'metric'), ...composites];
};
