import { randomUUID } from 'node:crypto';
import type { RuleSpec } from '../assembly/deployment.ts';
import type { LambdaFunction } from '../lambda/lambda.ts';
import { MINUTE_MS, type ScaledClock } from '../scaled-clock.ts';
import { parseSchedule } from './schedule.ts';

export type ScheduledRulesParts = {
  rules: readonly RuleSpec[];
  clock: Pick<ScaledClock, 'now' | 'everyMinute'>;
  region: string;
  /** By the function's ARN. */
  functionOf(arn: string): Pick<LambdaFunction, 'invoke'>;
};

/** One that failed is repeated after one minute and after two more (Lambda, "Asynchronous invocation"). */
const RETRY_AFTER_MS = [MINUTE_MS, 2 * MINUTE_MS];

type Invocation = { target: Pick<LambdaFunction, 'invoke'>; event: string; failures: number };

/** Invokes functions on schedule, in the time of the clock. Returns what ends it. */
export const startScheduledRules = ({
  rules,
  clock,
  region,
  functionOf,
}: ScheduledRulesParts): (() => void) => {
  const createdAtMs = clock.now();
  const retries = new Map<Invocation, number>();
  const scheduled = rules.map((rule) => ({
    schedule: parseSchedule(rule.scheduleExpression),
    targets: rule.targets.map(({ arn, input }) => ({ target: functionOf(arn), input })),
    rule,
  }));
  const invoke = async ({ target, event, failures }: Invocation): Promise<void> => {
    const { kind } = await target.invoke(event);
    const retryAfterMs = RETRY_AFTER_MS[failures];
    if (kind === 'returned' || retryAfterMs === undefined) return;
    retries.set({ target, event, failures: failures + 1 }, clock.now() + retryAfterMs);
  };
  return clock.everyMinute((minuteEndMs) => {
    for (const [retry, dueMs] of retries) {
      if (dueMs > minuteEndMs) continue;
      retries.delete(retry);
      void invoke(retry);
    }
    for (const { targets, rule } of scheduled.filter(({ schedule }) =>
      schedule.isDue(minuteEndMs, createdAtMs),
    ))
      for (const { target, input } of targets)
        void invoke({ target, event: input ?? scheduledEvent(rule, region, Date.now()), failures: 0 });
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
