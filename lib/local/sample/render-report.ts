import type { Paint } from '../../terminal/terminal-color.ts';
import { painter } from '../../terminal/terminal-color.ts';
import { textTable } from '../../terminal/text-table.ts';
import { formatCount, formatDuration, formatUsd } from './number-format.ts';
import type { LaneReport, ModelReport, Report, Totals } from './report.ts';

export type Pointer = { label: string; address: string };

/** The report as text of at most 100 columns, pointers aside, whose addresses are never cut. */
export const renderReport = (
  report: Report,
  { color, lookNext = [] }: { color: boolean; lookNext?: readonly Pointer[] },
): string => {
  const paint = painter(color);
  const sections = [
    [verdict(report, paint)],
    titled(paint, 'By lane', textTable([laneHeader, ...report.lanes.map(laneCells)])),
    titled(paint, 'By model', textTable([modelHeader, ...report.models.map(modelCells)])),
    titled(paint, 'In total', textTable(totalCells(report.totals))),
    ...(lookNext.length === 0 ? [] : [titled(paint, 'Where to look next', textPointers(lookNext))]),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
};

const titled = (paint: Paint, title: string, lines: readonly string[]): string[] => [
  paint('bold', title),
  ...lines.map((line) => `  ${line}`),
];

const verdict = ({ totals, reasons }: Report, paint: Paint): string => {
  const { jobs, succeeded, durationMs } = totals;
  if (jobs === 0) return paint('yellow', 'No job was sent.');
  const answered = `${formatCount(succeeded)} of ${formatCount(jobs)} jobs answered in ${formatDuration(durationMs)}`;
  if (succeeded === jobs) return paint('green', `${answered}: nothing failed, nothing is left waiting.`);
  const why = Object.entries(reasons).map(([reason, count]) => `  ${formatCount(count)} x ${reason}`);
  return [paint('red', `${answered}; ${shortfall(totals)}.`), ...why].join('\n');
};

const shortfall = ({ failed, expired, canceled, unfinished }: Totals): string =>
  Object.entries({ failed, expired, canceled, 'not ended': unfinished })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${formatCount(count)} ${name}`)
    .join(', ');

const laneHeader = [
  'lane',
  'jobs',
  'succeeded',
  'failed',
  'expired',
  'wait p50',
  'wait p99',
  'end-to-end p50',
  'end-to-end p99',
];

const laneCells = ({ waiting, endToEnd, ...lane }: LaneReport): string[] => [
  lane.lane,
  ...[lane.jobs, lane.succeeded, lane.failed, lane.expired].map(formatCount),
  ...[waiting.p50Ms, waiting.p99Ms, endToEnd.p50Ms, endToEnd.p99Ms].map(formatDuration),
];

const modelHeader = [
  'model',
  'jobs',
  'calls',
  'failed calls',
  'tokens in',
  'of it cached',
  'tokens out',
  'cost',
];

const modelCells = (model: ModelReport): string[] => [
  model.model,
  ...[model.jobs, model.calls, model.failedCalls].map(formatCount),
  ...[model.inputTokens, model.cachedInputTokens, model.outputTokens].map(formatCount),
  formatUsd(model.costMicroUsd),
];

const totalCells = (totals: Totals): string[][] => [
  ['duration', formatDuration(totals.durationMs)],
  ['jobs per second', totals.jobsPerSecond.toFixed(1)],
  ['cost', formatUsd(totals.costMicroUsd)],
  ['cost per 1,000 jobs', formatUsd(totals.costPerThousandJobsMicroUsd)],
];

const textPointers = (pointers: readonly Pointer[]): string[] => {
  const width = Math.max(...pointers.map(({ label }) => label.length));
  return pointers.map(({ label, address }) => `${label.padEnd(width)}  ${address}`);
};
