import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lengthSeconds } from '../../../load/scenario.ts';
import { createHttpClient, type HttpClient } from '../../client/http-client.ts';
import { Unusable } from '../../command-line.ts';
import { pause } from '../../local/sample/pause.ts';
import { sum } from '../../sum.ts';
import { scriptOf } from '../generator/artillery-script.ts';
import type { Assignment } from '../generator/assignment.ts';
import type { JournalLine } from '../generator/journal.ts';
import { createTokens, type Role } from '../generator/tokens.ts';
import type { Breach } from '../prove/breaches.ts';
import type { Observations, RunInfo } from '../result/observations.ts';
import { readArtilleryReport } from './artillery-report.ts';
import { createJobFollower, type JobFollower } from './follow-jobs.ts';
import {
  type FaultPeriod,
  faultDoorAt,
  type ModelControl,
  modelControlAt,
  strikeMidRun,
} from './model-server.ts';
import { progressLine } from './progress.ts';
import { type ArtilleryFiles, runArtillery } from './run-artillery.ts';
import { tailJournal } from './tail-journal.ts';
import type { Target } from './target.ts';
import { warmUp } from './warm-up.ts';
import { type LaneSample, sampleLanes, watchLanes } from './watch-lanes.ts';

/** What a run needs of the command that makes it. */
export type RunContext = {
  run: RunInfo;
  target: Target;
  loadDir: string;
  /** Where everything of the run is kept. */
  runDir: string;
  variables: Record<string, string | undefined>;
  /** What is broken on purpose while users are there. */
  breach?: Pick<Breach, 'models' | 'cloud'>;
  /** What models may cost, in micro-dollars: past it the run is broken off. */
  mostMicroUsd: number;
  say(line: string): void;
  /** A line that the next one may take the place of. */
  progress(line: string): void;
  signal: AbortSignal;
};

/** Jobs that have not ended this long after the last user left are counted as lost, in ms. */
const DRAIN_MS = 600_000;

const TICK_MS = 1_000;

/** Makes the load and watches what becomes of it. `undefined`: it was interrupted. */
export const runScenario = async (context: RunContext): Promise<Observations | undefined> => {
  const { run, target, runDir, say, signal } = context;
  const clientFor = (role: Role) =>
    createHttpClient({ baseUrl: target.api, token: createTokens(target, role, context.variables) });
  const [api, operations] = [clientFor('product'), clientFor('operations')];
  const files = await writeFiles(context);
  await using ending = new AsyncDisposableStack();
  const control = target.models === undefined ? undefined : modelControlAt(target.models);
  const models = await setModels(ending, control, run);
  say('Warming up: one job through every lane ...');
  await warmUp({ api, operations }, run.id, signal);
  if (signal.aborted) return undefined;
  const seen = watch(context, { api, operations }, join(runDir, 'journal.jsonl'));
  const before = await sampleLanes(operations);
  const artilleryExit = await generate(context, files, seen, control);
  if (signal.aborted) return undefined;
  await seen.drain();
  const after = await sampleLanes(operations);
  const artillery = readReport(files.report);
  return {
    run: { ...run, ...(models !== undefined && { models }) },
    journal: seen.journal,
    jobs: seen.follower.jobs(),
    lanes: [...(before ? [before] : []), ...seen.lanes, ...(after ? [after] : [])],
    ...(artillery && { artillery }),
    artilleryExit,
    ...(seen.faults && { faults: seen.faults }),
    ...(seen.overspent && { overspent: true }),
  };
};

const writeFiles = async ({ run, target, loadDir, runDir }: RunContext): Promise<ArtilleryFiles> => {
  const at = (name: string) => join(runDir, name);
  const files = {
    script: at('script.json'),
    assignment: at('assignment.json'),
    report: at('artillery.json'),
    log: at('artillery.log'),
  };
  const assignment: Assignment = {
    runId: run.id,
    target,
    scenario: run.scenario,
    journalFile: at('journal.jsonl'),
    followedBy: process.pid,
  };
  const processor = join(loadDir, 'processor.mjs');
  await mkdir(runDir, { recursive: true });
  await writeFile(files.assignment, `${JSON.stringify(assignment, null, 2)}\n`);
  await writeFile(
    files.script,
    `${JSON.stringify(scriptOf(run.scenario, { target: target.api, processor }), null, 2)}\n`,
  );
  return files;
};

/** How the target's models answer during the run; what it was before, they do again afterwards. */
const setModels = async (
  ending: AsyncDisposableStack,
  control: ModelControl | undefined,
  { scenario }: RunInfo,
): Promise<string | undefined> => {
  if (control === undefined) return undefined;
  const before = await control.profile().catch(() => undefined);
  if (scenario.models === undefined) return before;
  if (before === undefined)
    throw new Unusable('the model server does not answer: RELAY_MODEL_PORT says where it is');
  await control.setProfile(scenario.models);
  ending.defer(() => control.setProfile(before).catch(() => undefined)); // it may be gone by then
  return scenario.models;
};

type Seen = {
  journal: JournalLine[];
  lanes: LaneSample[];
  follower: JobFollower;
  faults: FaultPeriod | undefined;
  overspent: boolean;
  /** The first user has come. */
  begun: Promise<void>;
  /** Reads on while the generator is at work. */
  attend(signal: AbortSignal): Promise<void>;
  /** Follows the last jobs to their ends. */
  drain(): Promise<void>;
};

/** Reads the journal as it grows, and follows its jobs, beside the generator and in another process. */
const watch = (
  context: RunContext,
  { api, operations }: { api: HttpClient; operations: HttpClient },
  journalFile: string,
): Seen => {
  const { signal, progress, mostMicroUsd } = context;
  const startedAtMs = Date.now();
  const follower = createJobFollower(api);
  const read = tailJournal(journalFile);
  const begin = Promise.withResolvers<void>();
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const seen: Seen = {
    journal: [],
    lanes: [],
    follower,
    faults: undefined,
    overspent: false,
    begun: begin.promise,
    attend: async (until) => {
      while (!until.aborted) {
        tick();
        if (spent(follower) > mostMicroUsd) {
          seen.overspent = true;
          return;
        }
        await pause(TICK_MS, until);
      }
    },
    drain: async () => {
      tick();
      follower.stop(DRAIN_MS);
      const done = new AbortController();
      const ticking = seen.attend(AbortSignal.any([signal, done.signal]));
      await following;
      done.abort();
      over.abort();
      await Promise.all([ticking, watching]);
    },
  };
  const tick = (): void => {
    const lines = read();
    seen.journal.push(...lines);
    for (const line of lines) if (line.kind === 'job') follower.add(line);
    if (lines.some(({ kind }) => kind === 'user')) begin.resolve();
    const { journal } = seen;
    progress(
      progressLine({
        elapsedMs: Date.now() - startedAtMs,
        journal,
        jobs: follower.jobs(),
        lanes: seen.lanes.at(-1),
      }),
    );
  };
  const following = follower.follow(both);
  const watching = watchLanes(operations, (sample) => seen.lanes.push(sample), both);
  return seen;
};

const spent = (follower: JobFollower): number =>
  sum(follower.jobs().map(({ end }) => end?.costMicroUsd ?? 0));

/** Lets artillery bring its users, with faults in the middle if the scenario has any. */
const generate = async (
  { run, target, breach = {}, loadDir, variables, say, signal }: RunContext,
  files: ArtilleryFiles,
  seen: Seen,
  control: ModelControl | undefined,
): Promise<number | null> => {
  const { scenario } = run;
  say(`Run ${run.id}: ${lengthSeconds(scenario)} s`);
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const striking =
    scenario.faults === undefined || control === undefined
      ? undefined
      : strikeMidRun(control, scenario.faults, {
          begun: Promise.race([seen.begun, once(stop, 'abort').then(() => undefined)]),
          lengthMs: lengthSeconds(scenario) * 1_000,
          say,
          signal: stop,
        });
  const attending = seen.attend(stop).then(() => over.abort());
  await using broken = await breakTarget(target, breach);
  const exit = await runArtillery({ loadDir, files, variables }, stop);
  await broken.disposeAsync();
  over.abort();
  seen.faults = await striking;
  await attending;
  return exit;
};

/** Faults of the whole run; they end with it. */
const breakTarget = async (
  { models, control }: Target,
  breach: NonNullable<RunContext['breach']>,
): Promise<AsyncDisposableStack> => {
  await using setting = new AsyncDisposableStack();
  for (const [url, rules] of [
    [models, breach.models],
    [control, breach.cloud],
  ] as const) {
    if (url === undefined || rules === undefined) continue;
    const door = faultDoorAt(url);
    await door.set(rules);
    setting.defer(() => door.clear());
  }
  return setting.move();
};

const readReport = (file: string) => {
  try {
    return readArtilleryReport(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};
