import { readFileSync } from 'node:fs';
import { calibrationSchema } from '../../lib/plan/calibration.ts';
import { totalUsd } from '../../lib/plan/cost.ts';
import { readCommandLine } from '../../lib/plan/options.ts';
import { type Plan, planFor } from '../../lib/plan/plan.ts';

const document = readFileSync('docs/capacity.md', 'utf8');
const calibration = calibrationSchema.parse(JSON.parse(readFileSync('lib/plan/calibration.json', 'utf8')));

/** What `npm run plan -- --jobs-per-second N` says, on the day on which the figures were written down. */
const planOn = (day: string, jobsPerSecond: number): Plan => {
  const asked = readCommandLine(['--jobs-per-second', String(jobsPerSecond)]);
  if (asked.kind !== 'run' || asked.options.kind !== 'plan') throw new Error('no plan');
  const { inputTokens, outputTokens } = calibration;
  return planFor({ ...asked.options.ask, inputTokens, outputTokens, nowMs: Date.parse(day) }, calibration);
};

const rowOf = ({ jobsPerSecond, lanes, firstBeyondKnobs, cost }: Plan): string => {
  const usd = (value: number) => Math.round(value).toLocaleString('en-US');
  const needs = lanes.map(({ needed }) => needed.concurrency).join(', ');
  const limit = `${firstBeyondKnobs.name} (${Math.round(firstBeyondKnobs.atJobsPerSecond)}/s)`;
  const cells = [
    jobsPerSecond.toLocaleString('en-US'),
    needs,
    limit,
    usd(totalUsd(cost.tokens)),
    usd(totalUsd(cost.aws)),
  ];
  return `| ${cells.join(' | ')} |`;
};

describe('what the document says of capacity', () => {
  it.each([10, 100, 1_000])('is what the plan says of %d jobs a second', (jobsPerSecond) => {
    expect(document).toContain(rowOf(planOn('2026-11-26', jobsPerSecond)));
  });

  it('is so of the calibration', () => {
    const { measuredOn, jobs, machine } = calibration;
    expect(document).toContain(
      `measured on ${measuredOn}: ${jobs.toLocaleString('en-US')} jobs on ${machine.cores} cores with a load average of ${Math.round(machine.loadAverage)}`,
    );
  });
});
