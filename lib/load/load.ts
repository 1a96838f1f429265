import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { scenarios } from '../../load/scenarios.ts';
import { mustBeWritable, Unusable } from '../command-line.ts';
import type { Screen } from '../terminal/terminal-color.ts';
import { compareRuns } from './compare/compare-runs.ts';
import { estimateOf } from './estimate.ts';
import type { LoadOptions } from './options.ts';
import type { Breach } from './prove/breaches.ts';
import { prove } from './prove/prove.ts';
import { renderReport } from './report/render-report.ts';
import { resultLines } from './report/result-lines.ts';
import { judge } from './result/judge.ts';
import type { RunInfo } from './result/observations.ts';
import type { RunResult } from './result/result.ts';
import { ensureInstalled } from './run/install.ts';
import { isUp, startOwnRelay } from './run/local-relay.ts';
import { runScenario } from './run/run-scenario.ts';
import { type Target, targetOf } from './run/target.ts';

/** Where the command finds itself. */
export type Surroundings = {
  projectDir: string;
  variables: Record<string, string | undefined>;
  screen: Screen;
  signal: AbortSignal;
};

/** 130 is what a shell expects after Ctrl-C. */
const exitCode = { passed: 0, breached: 1, invalid: 3, interrupted: 130 } as const;

type RunOptions = Extract<LoadOptions, { kind: 'run' }>;

/** Carries out `npm run load`. Resolves to its exit code. */
export const load = async (options: LoadOptions, around: Surroundings): Promise<number> => {
  if (options.jsonFile !== undefined) await mustBeWritable(options.jsonFile);
  const loadDir = join(around.projectDir, 'load');
  const say = (line: string) => around.screen.write(`${around.screen.isTTY ? CLEAR_LINE : ''}${line}\n`);
  if (options.kind === 'compare') return compareRuns(options, { loadDir, say });
  const making = { ...around, loadDir, say };
  if (options.kind === 'prove') return proveAll(making);
  const nowMs = Date.now();
  const microUsd = estimateOf(options.scenario, nowMs).microUsd;
  if (microUsd > options.mostUsd * MICRO_USD)
    throw new Unusable(
      `${options.scenario.name} costs about $${(microUsd / MICRO_USD).toFixed(2)} of models, and may cost $${options.mostUsd}: make it shorter with --scale, or allow it with --spend-at-most`,
    );
  await ensureInstalled(loadDir, say);
  const result = await makeRun(options, { ...making, nowMs });
  if (result === undefined) return exitCode.interrupted;
  return exitCode[result.verdict];
};

const MICRO_USD = 1_000_000;

/** Takes away the line of progress. */
const CLEAR_LINE = '\r\u001b[K';

type Around = Surroundings & { loadDir: string; say(line: string): void };
type Making = Around & { nowMs: number };

/** The runs that must notice what was broken, each with a Relay of its own. */
const proveAll = async (around: Around): Promise<number> => {
  await ensureInstalled(around.loadDir, around.say);
  const run = (breach: Breach) => makeRun(brokenRun(breach), { ...around, nowMs: Date.now() }, breach);
  return prove({ run, say: around.say });
};

const makeRun = async (
  options: RunOptions,
  making: Making,
  breach: Breach | undefined = undefined,
): Promise<RunResult | undefined> => {
  const { loadDir, projectDir, say, screen, nowMs } = making;
  await using ending = new AsyncDisposableStack();
  const target = await reach(options, making, ending, breach !== undefined);
  const run = await runInfo(options, target, making);
  const runDir = join(loadDir, 'results', run.id);
  const seen = await runScenario({
    ...making,
    run,
    target,
    runDir,
    mostMicroUsd: breach?.mostMicroUsd ?? options.mostUsd * MICRO_USD,
    ...(breach && { breach }),
    progress: progressOn(screen, nowMs),
  });
  if (seen === undefined) {
    say(`\nInterrupted: no verdict, and no report. What was written down so far is in ${runDir}`);
    return undefined;
  }
  const result = judge(seen);
  await keep(result, options, { loadDir, projectDir, runDir });
  say(`\n${resultLines(result).join('\n')}\n\nReport: ${join(runDir, 'report.html')}`);
  return result;
};

/** The run of a breach: the scenario as it is, or without what it is for. */
const brokenRun = ({ scenario: name, withoutFaults }: Breach): RunOptions => {
  const scenario = scenarios.find((it) => it.name === name);
  if (scenario === undefined) throw new Error(`there is no run "${name}"`);
  const { faults: _, ...calm } = scenario;
  return {
    kind: 'run',
    scenario: withoutFaults ? calm : scenario,
    target: 'local',
    scale: 1,
    mostUsd: Number.POSITIVE_INFINITY,
    jsonFile: undefined,
  };
};

/** Where the run goes: what is up, or a Relay of its own. */
const reach = async (
  { target: name }: RunOptions,
  { variables, projectDir, say, signal }: Making,
  ending: AsyncDisposableStack,
  alone: boolean,
): Promise<Target> => {
  const target = targetOf(name, variables);
  if (!alone && (await isUp(target))) return target;
  if (name !== 'local') throw new Unusable(`nobody answers at ${target.api}/v1/health`);
  say(
    alone
      ? 'Starting a local cloud ...'
      : `No local cloud is up at ${target.api}: starting one for this run ...`,
  );
  const own = await startOwnRelay(projectDir, signal);
  ending.defer(() => own.stop());
  return own.target;
};

const runInfo = async (
  { scenario, scale }: RunOptions,
  target: Target,
  { loadDir, projectDir, nowMs }: Making,
): Promise<RunInfo> => {
  const { devDependencies } = JSON.parse(await readFile(join(loadDir, 'package.json'), 'utf8'));
  return {
    id: `${scenario.name}-${new Date(nowMs).toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15)}`,
    scenario,
    target: target.name,
    scale,
    startedAtMs: nowMs,
    sharesMachine: target.name === 'local',
    machine: {
      cores: availableParallelism(),
      node: process.version,
      artillery: String(devDependencies.artillery),
    },
    commit: commitOf(projectDir),
  };
};

/** Marked where files were changed since. */
const commitOf = (cwd: string): string => {
  const git = (...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '+changes'}`;
  } catch {
    return 'unknown';
  }
};

/** On a terminal one line in place; elsewhere, where nobody watches each second, one in ten. */
const progressOn = (screen: Screen, startedAtMs: number): ((line: string) => void) => {
  let shownAtMs = startedAtMs;
  return (line) => {
    if (screen.isTTY) screen.write(`${CLEAR_LINE}${line.slice(0, (screen.columns ?? 80) - 1)}`);
    else if (Date.now() - shownAtMs >= 10_000) {
      shownAtMs = Date.now();
      screen.write(`  ${line}\n`);
    }
  };
};

const keep = async (
  result: RunResult,
  { jsonFile }: RunOptions,
  { loadDir, projectDir, runDir }: { loadDir: string; projectDir: string; runDir: string },
): Promise<void> => {
  await mkdir(runDir, { recursive: true });
  const file = join(runDir, 'result.json');
  await writeFile(file, `${JSON.stringify(result, null, 1)}\n`);
  if (jsonFile !== undefined) await copyFile(file, jsonFile);
  const read = (...path: string[]) => readFile(join(...path), 'utf8');
  const [uplot, page] = [join(loadDir, 'node_modules/uplot/dist'), join(projectDir, 'lib/load/report')];
  const parts = {
    library: await read(uplot, 'uPlot.iife.min.js'),
    libraryStyle: await read(uplot, 'uPlot.min.css'),
    style: await read(page, 'page.css'),
    script: await read(page, 'page.js'),
  };
  await writeFile(join(runDir, 'report.html'), renderReport(result, parts));
};
