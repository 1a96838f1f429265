import { textTable } from '../terminal/text-table.ts';
import { MONTH_SECONDS, totalUsd } from './cost.ts';
import { type Limit, usedShare } from './limits.ts';
import type { MetLimit, Plan } from './plan.ts';
import type { LanePlan } from './plan-lane.ts';

/** Limits that are hardly used need no line. */
const SHOWN_SHARE = 0.1;
const LEAST_SHOWN = 5;

/** The plan for a person who reads it in a terminal. */
export const renderPlan = (plan: Plan): string => {
  const { jobsPerSecond, lanes, limits, cost, changes } = plan;
  const shown = limits.filter((limit, index) => index < LEAST_SHOWN || usedShare(limit) >= SHOWN_SHARE);
  const [tokens, aws] = [totalUsd(cost.tokens), totalUsd(cost.aws)];
  return [
    `${number(jobsPerSecond)} jobs/s. The first limit: ${met(plan.firstLimit)}. Beyond our own knobs: ${met(plan.firstBeyondKnobs)}.`,
    '',
    ...textTable([
      [
        'Lane',
        'jobs/s',
        'as configured',
        'wait p50',
        'p99',
        'needs',
        'wait p50',
        'p99',
        'goal',
        'all of a batch at once',
      ],
      ...lanes.map(laneRow),
    ]),
    '',
    ...textTable([['Limit', 'used', 'of', ''], ...shown.map(limitRow)]),
    '',
    ...textTable([
      ['A month', '$', 'per 1,000 jobs'],
      ...[...cost.tokens.map((line) => ({ ...line, name: `tokens of ${line.name}` })), ...cost.aws].map(
        ({ name, usd }) => costRow(name, usd, jobsPerSecond),
      ),
      costRow('Tokens', tokens, jobsPerSecond),
      costRow('AWS', aws, jobsPerSecond),
    ]),
    '',
    ...(changes.length === 0
      ? ['Nothing needs to be changed.']
      : ['To be changed, the most urgent first:', ...changes.map((change) => `- ${change}`)]),
  ].join('\n');
};

const met = ({ name, atJobsPerSecond }: MetLimit): string =>
  `${name}, at about ${number(atJobsPerSecond)} jobs/s`;

const laneRow = ({
  lane,
  jobsPerSecond,
  configured,
  needed,
  waitGoalMs,
  concurrencyInParallel,
}: LanePlan) => {
  const { fate } = configured;
  return [
    lane,
    number(jobsPerSecond),
    String(configured.concurrency),
    ...(fate.kind === 'steady'
      ? [seconds(fate.p50Ms), seconds(fate.p99Ms)]
      : [`does ${number(fate.jobsPerSecond)}/s:`, `+${number(fate.waitGrowsBySecondsPerMinute)} s a min`]),
    needed.queues === 1 ? String(needed.concurrency) : `${needed.concurrency} in ${needed.queues} queues`,
    seconds(needed.p50Ms),
    seconds(needed.p99Ms),
    seconds(waitGoalMs),
    String(concurrencyInParallel),
  ];
};

const limitRow = (limit: Limit): string[] => [
  limit.name,
  `${percent(usedShare(limit))}`,
  `${number(limit.used)} / ${number(limit.limit)}`,
  limit.unit,
];

const costRow = (name: string, usd: number, jobsPerSecond: number): string[] => [
  name,
  usd.toLocaleString('en-US', { maximumFractionDigits: 2, minimumFractionDigits: 2 }),
  ((1_000 * usd) / (jobsPerSecond * MONTH_SECONDS)).toFixed(4),
];

const percent = (share: number): string => `${number(100 * share)} %`;

/** Three digits, or all that stand before the point. */
const number = (value: number): string =>
  value.toLocaleString(
    'en-US',
    value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 },
  );

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
