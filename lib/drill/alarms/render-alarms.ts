import { textTable } from '../../terminal/text-table.ts';
import type { AlarmTimes } from '../drill.ts';
import type { DrillReport } from '../run-drill.ts';
import { wordsIn } from './check-alarms.ts';

type Row = { cells: string[]; below: string };

/** Every alarm, what it means, by which drill it was driven, and how long it took, in seconds of metric time. */
export const renderAlarms = (reports: readonly DrillReport[]): string => {
  const driven = reports.flatMap(({ name: drill, findings }) =>
    findings.flatMap(({ alarm }) => (alarm === undefined ? [] : [rowOf(drill, alarm)])),
  );
  const rows = driven.sort(byName);
  const [heads = '', ...lines] = textTable([
    ['Alarm', 'severity', 'drill', 's to ALARM', 's to OK'],
    ...rows.map(({ cells }) => cells),
  ]);
  return ['', heads, ...lines.flatMap((line, index) => [line, `    ${rows[index]?.below}`])].join('\n');
};

const rowOf = (drill: string, { name, description, secondsToAlarm, secondsToOk }: AlarmTimes): Row => {
  const { severity = '', impact = '' } = wordsIn(description) ?? {};
  const cells = [name, severity, drill.replace('alarm-', ''), told(secondsToAlarm), told(secondsToOk)];
  return { cells, below: impact };
};

const told = (seconds: number | undefined): string =>
  seconds === undefined ? '-' : String(Math.round(seconds));

const byName = ({ cells: [one = ''] }: Row, { cells: [other = ''] }: Row): number => (one < other ? -1 : 1);
