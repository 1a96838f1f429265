import { formatDuration, formatUsd } from '../../local/sample/number-format.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { textTable } from '../../terminal/text-table.ts';
import type { RunResult } from '../result/result.ts';
import type { Summary } from '../result/statistics.ts';

/** What a run has found, for a terminal. */
export const resultLines = (result: RunResult): string[] => {
  const { run, jobs, latency, throughput, cost, rescue, checks } = result;
  const timesOf = (name: string, summary: Summary | undefined) => [
    name,
    String(summary?.count ?? 0),
    ...[summary?.p50, summary?.p95, summary?.p99, summary?.max].map(formatDuration),
  ];
  return [
    `${run.scenario}: ${run.question}`,
    `${run.who}${run.scale === 1 ? '' : `, at ${run.scale} of its length`}; models ${run.models ?? 'of the target'}`,
    '',
    ...textTable([
      ['', 'count', 'p50', 'p95', 'p99', 'max'],
      timesOf('jobs, from wish to end', latency.job),
      ...laneNames.map((lane) => timesOf(`  ${lane}`, latency.byLane[lane]?.job)),
      timesOf("Relay's own part", latency.own),
      ...(rescue.needed > 0 ? [timesOf('rescue, from begin to end', rescue.time)] : []),
      ...latency.requests.map(({ name, summary }) => timesOf(`request ${name}`, summary)),
    ]),
    '',
    `${jobs.submitted} jobs (${jobs.measured} measured), ${jobs.answered} answered, ${jobs.lost} lost; ${throughput.jobsPerSecond.toFixed(1)} jobs/s`,
    ...(rescue.needed > 0
      ? [
          `${Math.round(100 * rescue.share)} % rescued by a lesser model, of ${rescue.needed} whose own did not answer`,
        ]
      : []),
    `${formatUsd(cost.microUsd)} for ${cost.inputTokens + cost.outputTokens} tokens`,
    '',
    ...checks.map(
      ({ kind, name, found, wanted, holds }) =>
        `${holds ? 'ok  ' : 'FAIL'} ${kind} ${name}: ${found} (${wanted})`,
    ),
    '',
    verdictLine(result),
  ];
};

/** The verdict in one line, naming what is broken; of a run that cannot be believed, only why not. */
export const verdictLine = ({ verdict, checks }: RunResult): string => {
  const broken = checks.filter(({ kind, holds }) => !holds && (verdict !== 'invalid' || kind === 'validity'));
  const names = broken.map(({ name }) => name).join(', ');
  switch (verdict) {
    case 'passed':
      return 'Passed.';
    case 'breached':
      return `BREACHED: ${names}`;
    case 'invalid':
      return `INVALID: ${names}. Its figures cannot be believed: what else runs on this machine?`;
  }
};
