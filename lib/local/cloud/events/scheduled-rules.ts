import { randomUUID } from 'node:crypto';
import type { RuleSpec } from '../assembly/deployment.ts';
import type { LambdaFunction } from '../lambda/lambda.ts';
import { MINUTE_MS, type ScaledClock } from '../scaled-clock.ts';
import { parseSchedule } from './schedule.ts';

export type ScheduledRulesParts = {
  rules: readonly RuleSpec[];
  clock: ScaledClock;
  region: string;
  /** By the function's ARN. */
  functionOf(arn: string): LambdaFunction;
};

/** An asynchronous invocation that failed is repeated after one minute and after two more (Lambda, "Asynchronous invocation"). */
const RETRY_AFTER_MS = [MINUTE_MS, 2 * MINUTE_MS];

/** Invokes functions on schedule, in the time of the clock. Returns what ends it. */
export const startScheduledRules = ({
  rules,
  clock,
  region,
  functionOf,
}: ScheduledRulesParts): (() => void) => {
  const createdAtMs = clock.now();
  const timers = new Set<NodeJS.Timeout>();
  const scheduled = rules.map((rule) => {
    const targets = rule.targets.map(({ arn, input }) => ({ target: functionOf(arn), input }));
    const fire = () => {
      for (const { target, input } of targets)
        void invoke(target, input ?? scheduledEvent(rule, region, Date.now()));
    };
    return { schedule: parseSchedule(rule.scheduleExpression), fire };
  });
  const invoke = async (target: LambdaFunction, event: string, failures = 0): Promise<void> => {
    const { kind } = await target.invoke(event);
    const retryAfterMs = RETRY_AFTER_MS[failures];
    if (kind === 'returned' || retryAfterMs === undefined) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void invoke(target, event, failures + 1);
    }, retryAfterMs / clock.scale);
    timers.add(timer);
  };
  const stop = clock.everyMinute((minuteEndMs) => {
    for (const { schedule, fire } of scheduled) if (schedule.isDue(minuteEndMs, createdAtMs)) fire();
  });
  return () => {
    stop();
    for (const timer of timers) clearTimeout(timer);
  };
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
