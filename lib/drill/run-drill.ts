import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Drill, DrillContext, Finding, Profile } from './drill.ts';
import type { DrillOptions } from './options.ts';
import type { StartRig } from './rig/rig.ts';

/** What came of one drill. `broken`: it could not be carried out, which is as bad as a finding that does not hold. */
export type DrillReport = {
  name: string;
  fault: string;
  seconds: number;
  /** How long the event loop, which all drills beside each other share, was kept from its next turn at most. */
  longestDelayMs: number;
  findings: readonly Finding[];
  broken?: string;
  /** Where the lines of its functions are, when it did not hold. */
  logsDir?: string;
  /** What came of it beside others; this report is of the time when it was alone. */
  firstTry?: DrillReport;
};

export type Around = {
  projectDir: string;
  say(line: string): void;
  signal: AbortSignal;
  color: boolean;
  startRig: StartRig;
};

export const hasHeld = ({ findings, broken }: Pick<DrillReport, 'findings' | 'broken'>): boolean =>
  broken === undefined && findings.every(({ holds }) => holds);

/** Carries out one drill in a directory of its own, and tells what came of it. */
export const runDrill = async (drill: Drill, options: DrillOptions, around: Around): Promise<DrillReport> => {
  const { name, fault } = drill;
  const startedAtMs = performance.now();
  const delay = watchDelay();
  const parent = join(around.projectDir, '.relay');
  await mkdir(parent, { recursive: true });
  const workDir = await mkdtemp(join(parent, `drill-${name}-`));
  const result = await resultOf(drill, options, around, workDir);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const report = { name, fault, seconds, longestDelayMs: delay.longestMs(), ...result };
  if (hasHeld(report) || around.signal.aborted) {
    await rm(workDir, { recursive: true, force: true });
    return report;
  }
  const hasLogs = await keepLogs(workDir);
  return { ...report, ...(hasLogs && { logsDir: relative(around.projectDir, workDir) }) };
};

/** How often the event loop is looked at, in ms. What it measures is the time between two looks. */
const LOOK_EVERY_MS = 10;

const watchDelay = () => {
  const delay = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
  delay.enable();
  return {
    longestMs: (): number => {
      delay.disable();
      return Math.max(0, Math.round(delay.max / 1e6) - LOOK_EVERY_MS);
    },
  };
};

type Result = Pick<DrillReport, 'findings' | 'broken'>;

const resultOf = async (
  drill: Drill,
  options: DrillOptions,
  around: Around,
  workDir: string,
): Promise<Result> => {
  try {
    return { findings: await inWorkDir(drill, options, around, workDir) };
  } catch (error) {
    return { findings: [], broken: error instanceof Error ? error.message : String(error) };
  }
};

/** A job that is lost would otherwise keep its drill waiting for ever. In ms. */
const longestMs: Readonly<Record<Profile, number>> = { ci: 280_000, long: 1_800_000 };

const inWorkDir = async (
  drill: Drill,
  { profile, seed }: DrillOptions,
  { say, startRig, signal: stopped }: Around,
  workDir: string,
): Promise<readonly Finding[]> => {
  await using opened = new AsyncDisposableStack();
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(longestMs[profile])]);
  const context: DrillContext = {
    profile,
    seed,
    signal,
    say: (line) => say(`  ${drill.name}: ${line}`),
    startRig: async (options) => {
      const rigDir = await mkdtemp(join(workDir, 'rig-'));
      return startRig(opened, { workDir: rigDir, seed, signal }, options);
    },
  };
  say(`${drill.name}: ${drill.fault}`);
  return await drill.run(context); // what it has opened closes after it
};

/** Of a drill that did not hold: what its functions printed stays, if it had any. */
const keepLogs = async (workDir: string): Promise<boolean> => {
  const rigs = await readdir(workDir);
  if (rigs.length === 0) await rm(workDir, { recursive: true, force: true });
  return rigs.length > 0;
};
