import { randomUUID } from 'node:crypto';
import type { RuleSpec } from '../assembly/deployment.ts';
import type { AsyncInvocations } from '../lambda/async-invocations.ts';
import type { LambdaFunction } from '../lambda/lambda.ts';
import type { ScaledClock } from '../scaled-clock.ts';
import { parseSchedule } from './schedule.ts';

export type ScheduledRulesParts = {
  rules: readonly RuleSpec[];
  clock: Pick<ScaledClock, 'now' | 'everyMinute'>;
  region: string;
  /** By the function's ARN. */
  functionOf(arn: string): Pick<LambdaFunction, 'invoke'>;
  invoke: AsyncInvocations['invoke'];
};

/** Invokes functions on schedule, in the time of the clock. Returns what ends it. */
export const startScheduledRules = ({
  rules,
  clock,
  region,
  functionOf,
  invoke,
}: ScheduledRulesParts): (() => void) => {
  const createdAtMs = clock.now();
  const scheduled = rules.map((rule) => ({
    schedule: parseSchedule(rule.scheduleExpression),
    targets: rule.targets.map(({ arn, input }) => ({ target: functionOf(arn), input })),
    rule,
  }));
  return clock.everyMinute((minuteEndMs) => {
    for (const { targets, rule } of scheduled.filter(({ schedule }) =>
      schedule.isDue(minuteEndMs, createdAtMs),
    ))
      for (const { target, input } of targets)
        invoke(target, input ?? scheduledEvent(rule, region, Date.now()));
  });
};

/** What EventBridge hands to a function on schedule. The time is this machine's: what functions wrote has it as well. */
const scheduledEvent = ({ arn }: RuleSpec, region: string, nowMs: number): string =>
  JSON.stringify({
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: arn.split(':')[4],
    time: `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: [arn],
    detail: {},
  });
