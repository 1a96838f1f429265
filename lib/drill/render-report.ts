import type { DrillReport } from './run-drills.ts';

const GREEN = '\u001b[32m';
const RED = '\u001b[31m';
const PLAIN = '\u001b[0m';

/** A drill as a person reads it: what was expected, and what happened. */
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
  return [`\n${report.name} (${report.seconds.toFixed(1)} s)`, ...lines, ...broken].join('\n');
};
