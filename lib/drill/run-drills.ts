import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { renderAlarms } from './alarms/render-alarms.ts';
import type { Drill, DrillContext, Finding, Profile } from './drill.ts';
import { drills } from './drills.ts';
import type { DrillOptions } from './options.ts';
import { renderReport } from './render-report.ts';
import { startRig } from './rig/rig.ts';

/** What came of one drill. `broken`: it could not be carried out, which is as bad as a finding that does not hold. */
export type DrillReport = {
  name: string;
  fault: string;
  seconds: number;
  findings: readonly Finding[];
  broken?: string;
};

type Around = { projectDir: string; say(line: string): void; signal: AbortSignal; color: boolean };

/** 130 is what a shell expects after Ctrl-C. */
const exitCode = { held: 0, failed: 1, interrupted: 130 } as const;

/** Drills that wait more than they work run beside each other, but not all at once: each has a cloud of its own. */
const WAITING_AT_A_TIME = 4;

/** Carries out the chosen drills and reports them. Resolves to the exit code. */
export const runDrills = async (options: DrillOptions, around: Around): Promise<number> => {
  const chosen = drills.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const reports: DrillReport[] = [];
  const carryOut = async (drill: Drill) => {
    if (around.signal.aborted) return;
    const report = await runDrill(drill, options, around);
    if (around.signal.aborted) return;
    reports.push(report);
    around.say(renderReport(report, around.color));
  };
  const paced = (pace: Drill['pace']) => chosen.filter((drill) => drill.pace === pace);
  const waiting = paced('waiting');
  await Promise.all([
    inTurn(paced('busy'), carryOut),
    ...Array.from({ length: WAITING_AT_A_TIME }, () => inTurn(waiting, carryOut)),
  ]);
  await inTurn(paced('alone'), carryOut);
  if (around.signal.aborted) return exitCode.interrupted;
  const failed = reports.filter((report) => !hasHeld(report));
  if (options.alarms) around.say(renderAlarms(reports));
  around.say(summaryOf(reports, failed));
  if (options.jsonFile !== undefined)
    await writeFile(options.jsonFile, `${JSON.stringify(resultOf(options, reports), null, 2)}\n`);
  return failed.length === 0 ? exitCode.held : exitCode.failed;
};

/** Takes the next drill of a list that others may take from, too. */
const inTurn = async (left: Drill[], carryOut: (drill: Drill) => Promise<void>): Promise<void> => {
  for (let drill = left.shift(); drill !== undefined; drill = left.shift()) await carryOut(drill);
};

const hasHeld = ({ findings, broken }: DrillReport): boolean =>
  broken === undefined && findings.every(({ holds }) => holds);

const runDrill = async (
  drill: Drill,
  { profile, seed }: DrillOptions,
  around: Around,
): Promise<DrillReport> => {
  const startedAtMs = performance.now();
  const report = (rest: Pick<DrillReport, 'findings'> & { broken?: string }): DrillReport => ({
    name: drill.name,
    fault: drill.fault,
    seconds: (performance.now() - startedAtMs) / 1000,
    ...rest,
  });
  try {
    return report({ findings: await inWorkDir(drill, profile, seed, around) });
  } catch (error) {
    return report({ findings: [], broken: error instanceof Error ? error.message : String(error) });
  }
};

/** A job that is lost would otherwise keep its drill waiting for ever. In ms. */
const longestMs: Readonly<Record<Profile, number>> = { ci: 280_000, long: 1_800_000 };

const inWorkDir = async (
  drill: Drill,
  profile: Profile,
  seed: number,
  { projectDir, say, signal: stopped }: Around,
): Promise<readonly Finding[]> => {
  const parent = join(projectDir, '.relay');
  await mkdir(parent, { recursive: true });
  const workDir = await mkdtemp(join(parent, `drill-${drill.name}-`));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rm(workDir, { recursive: true, force: true }));
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(longestMs[profile])]);
  const context: DrillContext = {
    profile,
    seed,
    signal,
    say: (line) => say(`  ${drill.name}: ${line}`),
    startRig: async (options) => {
      const rigDir = await mkdtemp(join(workDir, 'rig-'));
      return startRig(opened, { projectDir, workDir: rigDir, seed, signal }, options);
    },
  };
  say(`${drill.name}: ${drill.fault}`);
  return await drill.run(context); // what it has opened closes after it
};

const summaryOf = (reports: readonly DrillReport[], failed: readonly DrillReport[]): string => {
  const findings = reports.flatMap((report) => report.findings).length;
  if (failed.length === 0) return `\n${reports.length} drills held, ${findings} findings.`;
  return `\n${failed.length} of ${reports.length} drills did not hold: ${failed.map(({ name }) => name).join(', ')}`;
};

const resultOf = ({ profile, seed }: DrillOptions, reports: readonly DrillReport[]) => ({
  machine: { cores: availableParallelism(), node: process.version },
  profile,
  seed,
  drills: reports.map((report) => ({ ...report, held: hasHeld(report) })),
});
