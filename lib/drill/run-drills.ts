import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { mustBeWritable } from '../command-line.ts';
import { renderAlarms } from './alarms/render-alarms.ts';
import type { Drill } from './drill.ts';
import type { DrillOptions } from './options.ts';
import { renderReport } from './render-report.ts';
import { type Around, type DrillReport, hasHeld, runDrill } from './run-drill.ts';

/** 130 is what a shell expects after Ctrl-C. */
const exitCode = { held: 0, failed: 1, interrupted: 130 } as const;

/** Drills that run beside each other, each with a cloud of its own: what two cores carry without keeping it waiting. */
const AT_A_TIME = { waiting: 5, busy: 2 } as const;

/** Carries out the chosen drills and reports them. Resolves to the exit code. */
export const runDrills = async (
  chosen: readonly Drill[],
  options: DrillOptions,
  around: Around,
): Promise<number> => {
  if (options.jsonFile !== undefined) await mustBeWritable(options.jsonFile);
  const reports = new Map<string, DrillReport>();
  const keepResult = () => {
    if (options.jsonFile !== undefined) writeResult(options.jsonFile, resultOf(options, chosen, reports));
  };
  keepResult();
  const carryOut = async (drill: Drill) => {
    if (around.signal.aborted) return;
    const report = withFirstTry(await runDrill(drill, options, around), reports.get(drill.name));
    if (around.signal.aborted) return;
    reports.set(drill.name, report);
    around.say(renderReport(report, around.color));
    // Each time and at once: what ends this process half way, a fault of its own included, leaves what there is.
    keepResult();
  };
  await besideEachOther(chosen, carryOut);
  const shared = chosen.filter(({ pace }) => pace !== 'alone');
  const again = shared.length < 2 ? [] : shared.filter(({ name }) => hasFailed(reports.get(name)));
  await inTurn(
    chosen.filter(({ pace }) => pace === 'alone'),
    carryOut,
  );
  if (again.length > 0 && !around.signal.aborted) around.say(secondTries(again));
  await inTurn(again, carryOut);
  const ended = [...reports.values()];
  if (options.alarms) around.say(renderAlarms(ended));
  around.say(summaryOf(chosen, ended));
  if (around.signal.aborted) return exitCode.interrupted;
  return ended.every(hasHeld) ? exitCode.held : exitCode.failed;
};

const besideEachOther = async (
  chosen: readonly Drill[],
  carryOut: (drill: Drill) => Promise<void>,
): Promise<void> => {
  const runners = (['waiting', 'busy'] as const).flatMap((pace) => {
    const left = chosen.filter((drill) => drill.pace === pace);
    return Array.from({ length: AT_A_TIME[pace] }, () => inTurn(left, carryOut));
  });
  await Promise.all(runners);
};

/** Takes the next drill of a list that others may take from, too. */
const inTurn = async (left: Drill[], carryOut: (drill: Drill) => Promise<void>): Promise<void> => {
  for (let drill = left.shift(); drill !== undefined; drill = left.shift()) await carryOut(drill);
};

const hasFailed = (report: DrillReport | undefined): boolean => report !== undefined && !hasHeld(report);

const withFirstTry = (report: DrillReport, firstTry: DrillReport | undefined): DrillReport =>
  firstTry === undefined ? report : { ...report, firstTry };

const secondTries = (again: readonly Drill[]): string =>
  `\nOnce more, alone, which is what counts: ${again.map(({ name }) => name).join(', ')}`;

const summaryOf = (chosen: readonly Drill[], reports: readonly DrillReport[]): string => {
  const findings = reports.flatMap((report) => report.findings).length;
  const failed = reports.filter((report) => !hasHeld(report));
  const held = `${reports.length - failed.length} drills held, ${findings} findings.`;
  const lines = [
    failed.length === 0
      ? held
      : `${failed.length} of ${reports.length} drills did not hold: ${namesOf(failed)}`,
  ];
  const late = reports.filter((report) => report.firstTry !== undefined && hasHeld(report));
  if (late.length > 0) lines.push(`Held only when alone, not beside others: ${namesOf(late)}`);
  const missing = chosen.length - reports.length;
  if (missing > 0) lines.push(`Stopped: ${missing} of ${chosen.length} drills have not ended.`);
  return `\n${lines.join('\n')}`;
};

const namesOf = (reports: readonly DrillReport[]): string => reports.map(({ name }) => name).join(', ');

const resultOf = (
  { profile, seed }: DrillOptions,
  chosen: readonly Drill[],
  reports: ReadonlyMap<string, DrillReport>,
) => ({
  machine: { cores: availableParallelism(), node: process.version },
  profile,
  seed,
  drills: [...reports.values()].map(withVerdict),
  notEnded: chosen.map(({ name }) => name).filter((name) => !reports.has(name)),
});

const withVerdict = ({ firstTry, ...report }: DrillReport): object => ({
  ...report,
  held: hasHeld(report),
  ...(firstTry !== undefined && { firstTry: withVerdict(firstTry) }),
});

const writeResult = (file: string, result: object): void =>
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
