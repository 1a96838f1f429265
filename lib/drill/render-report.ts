import type { DrillReport } from './run-drill.ts';

const GREEN = '\u001b[32m';
const RED = '\u001b[31m';
const PLAIN = '\u001b[0m';

/** A drill as a person reads it: the fault, what was expected, and what happened. */
export const renderReport = (report: DrillReport, color: boolean): string => {
  const mark = (holds: boolean): string => {
    const word = holds ? 'held  ' : 'FAILED';
    return color ? `${holds ? GREEN : RED}${word}${PLAIN}` : word;
  };
  const lines = report.findings.map(
    ({ expected, found, holds }) => `  ${mark(holds)}  ${expected}\n            ${found}`,
  );
  const broken =
    report.broken === undefined ? [] : [`  ${mark(false)}  could not be carried out: ${report.broken}`];
  const logs =
    report.logsDir === undefined ? [] : [`  What its functions printed: ${report.logsDir}/*/functions.log`];
  const delay = `longest delay of the event loop ${report.longestDelayMs} ms`;
  const title = report.firstTry === undefined ? report.name : `${report.name}, once more, alone`;
  const head = `\n${title} (${report.seconds.toFixed(1)} s, ${delay}): ${report.fault}`;
  return [head, ...lines, ...broken, ...logs].join('\n');
};
