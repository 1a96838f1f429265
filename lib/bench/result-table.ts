import { textTable } from '../terminal/text-table.ts';
import { type Figure, type Goal, type Measure, type Unit, verdictOn } from './measure.ts';

const decimals: Record<Unit, number> = {
  KB: 1,
  MB: 0,
  ms: 1,
  x: 2,
  'jobs/s': 1,
  'CPU ms/job': 2,
  'calls/job': 2,
  '%': 1,
  s: 1,
  notices: 0,
  'write units': 0,
  'read units': 0,
  '$/1000 jobs': 6,
};

/** All figures in one table, each with its goal and verdict where it has them. */
export const resultTable = (measures: readonly Measure[]): string =>
  textTable([
    ['', 'measured', 'goal', 'verdict'],
    ...measures.flatMap(({ name, figures }) => figures.map((figure) => rowOf(name, figure))),
  ]).join('\n');

const rowOf = (measure: string, figure: Figure): string[] => [
  `${measure}: ${figure.name}`,
  `${figure.value.toFixed(decimals[figure.unit])} ${figure.unit}`,
  figure.goal === undefined ? '' : describeGoal(figure.goal),
  verdictOn(figure) ?? '',
];

const describeGoal = ({ kind, limit }: Goal): string => `${kind === 'at-most' ? '<=' : '>='} ${limit}`;
