import type { Paint } from '../terminal/terminal-color.ts';
import { textTable } from '../terminal/text-table.ts';
import type { Finding } from './finding.ts';
import type { MonthlyCost } from './monthly-cost.ts';
import { AWS_PRICES } from './prices.ts';
import type { SmokeFinding } from './smoke-test.ts';
import { sampleTraffic } from './traffic.ts';

const marks = {
  held: ['green', 'ok'],
  warned: ['yellow', 'lacks'],
  refused: ['red', 'REFUSED'],
  unknown: ['dim', 'unknown'],
} as const;

const MARK_WIDTH = 9;

/** What the checks have found, a line each, with its fix under it where there is one. */
export const renderFindings = (findings: readonly Finding[], paint: Paint): string => {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = ' '.repeat(MARK_WIDTH + width + 4);
  return findings
    .map((finding) => {
      const [style, mark] = marks[finding.kind];
      const said = finding.kind === 'unknown' ? finding.why : finding.found;
      const fix = 'fix' in finding ? `\n${indent}fix: ${finding.fix}` : '';
      return `  ${paint(style, mark.padEnd(MARK_WIDTH))}${finding.check.padEnd(width)}  ${said}${fix}`;
    })
    .join('\n');
};

const usd = (amount: number): string => `$${amount.toLocaleString('en-US', { maximumFractionDigits: 0 })}`;

/** What a month costs, tokens apart from AWS. */
export const renderCosts = (costs: readonly MonthlyCost[]): string => {
  const rows = costs.map(({ jobs, infrastructureUsd, tokensUsd }) => [
    jobs.toLocaleString('en-US'),
    usd(infrastructureUsd),
    usd(tokensUsd),
    usd(infrastructureUsd + tokensUsd),
  ]);
  const table = textTable([['jobs a month', 'AWS at most', 'tokens', 'together'], ...rows]);
  const asked = Object.values(sampleTraffic).reduce((sum, { jobs }) => sum + jobs, 0);
  return [
    'A month, at three levels of traffic:',
    ...table.map((line) => `  ${line}`),
    `  AWS in ${AWS_PRICES.region} by its price lists of ${AWS_PRICES.readOn}; tokens as the ${asked} jobs of the sample`,
    '  use them, at the default tier, by the catalogue of today.',
  ].join('\n');
};

/** What the smoke test has found, a line each. */
export const renderSmoke = (findings: readonly SmokeFinding[], paint: Paint): string => {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .map(({ name, isGood, found }) => {
      const mark = isGood ? paint('green', 'ok    ') : paint('red', 'FAILED');
      return `  ${mark}  ${name.padEnd(width)}  ${found}`;
    })
    .join('\n');
};
