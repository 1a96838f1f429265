import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { environment } from '../../functions/process-job/environment.ts';
import { percentile } from '../local/sample/percentile.ts';
import { type BundledDoor, type BundledDoors, bundleDoors } from './bundled-doors.ts';
import type { BenchContext, Figure, Measure } from './measure.ts';

const doors = ['empty', 'bare-client', 'process-job'] as const satisfies readonly BundledDoor[];

/** Rounds that fill the file cache before any counts. */
const WARM_UP_ROUNDS = 2;
const ROUNDS = 15;
const MAX_RATIO_TO_BARE_CLIENT = 1.5;

const probe = z.object({ wallMs: z.number(), cpuMs: z.number() });
type Probe = z.infer<typeof probe>;

/** How long a fresh process takes to load the worker, compared with what it is made of. */
export const measureColdInit = async (context: BenchContext): Promise<Measure> => {
  context.say(`cold-init: ${ROUNDS} fresh processes for each of ${doors.join(', ')} ...`);
  const bundled = await bundleDoors(context);
  const probes: Record<BundledDoor, Probe[]> = { empty: [], 'bare-client': [], 'process-job': [] };
  // In turns, so that a busy moment of the machine falls on all of them.
  for (let round = 1 - WARM_UP_ROUNDS; round <= ROUNDS; round += 1) {
    for (const door of doors) {
      const taken = await loadInFreshProcess(context, bundled, door);
      if (round > 0) probes[door].push(taken);
    }
    if (round > 0 && round % 5 === 0) context.say(`cold-init: ${round} of ${ROUNDS} rounds`);
  }
  return { name: 'cold-init', figures: figuresOf(probes) };
};

const loadInFreshProcess = async (
  { projectDir, signal }: BenchContext,
  bundled: BundledDoors,
  door: BundledDoor,
): Promise<Probe> => {
  const { href } = pathToFileURL(join(bundled.dirOf(door), 'handler.mjs'));
  const args = [join(projectDir, 'lib', 'bench', 'import-probe.mjs'), href];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...lambdaVariables, ...workerVariables },
    signal,
  });
  return probe.parse(JSON.parse(stdout));
};

const lambdaVariables = {
  AWS_REGION: 'eu-west-3',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_LAMBDA_FUNCTION_NAME: 'process-job',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
};

/** Valid, so that the worker loads as it does when deployed; nothing is called. */
const workerVariables: z.input<typeof environment> = {
  LANE: 'critical',
  QUEUE_URL: 'http://127.0.0.1/000000000000/bench',
  DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1/000000000000/bench-dlq',
  RESULTS_TOPIC: 'arn:aws:sns:eu-west-3:123456789012:bench',
  JOBS_TABLE: 'bench',
  SUBJECT_KEYS_TABLE: 'bench-subject-keys',
  CONTENT_KEY: 'arn:aws:kms:eu-west-3:123456789012:key/bench',
  PROVIDER_KEYS_SECRET: 'bench',
  PROVIDER_URLS: '{"openai":"http://127.0.0.1"}',
  METRICS_NAMESPACE: 'Huntaze/Bench',
  PARALLELISM: '1',
  PATIENCE_MS: '300000',
  RESERVE_MS: '5000',
  JOB_RETENTION_SECONDS: '604800',
  LEDGER_TABLE: 'bench-ledger',
  TOTALS_TABLE: 'bench-totals',
  LEDGER_REPAIR_QUEUE_URL: 'http://127.0.0.1/000000000000/bench-ledger-repair',
  LEDGER_RETENTION_SECONDS: '34560000',
  FLEET_TABLE: 'bench-fleet',
  ALERTS_QUEUE_URL: 'http://127.0.0.1/000000000000/bench-alerts',
  USER_STARTS_PER_MINUTE: '10',
  QUOTAS: '[]',
  BUDGETS: '{"criticalShare":0.1,"tenants":{}}',
  MAX_RECEIVES: '200',
  LAST_RUNGS: 'at-once',
  SERVICE_TIER: 'priority',
  ANSWER_FRESH_SECONDS: '3600',
  DEFAULT_ANSWER: 'Thank you!',
  DEMANDS: JSON.stringify({ consentRef: false, disclosed: false }),
};

const figuresOf = (probes: Record<BundledDoor, readonly Probe[]>): Figure[] => {
  const wallMs = (door: BundledDoor) => median(probes[door].map((taken) => taken.wallMs));
  const cpuMs = (door: BundledDoor) => median(probes[door].map((taken) => taken.cpuMs));
  return [
    ...doors.map((door): Figure => ({ name: `${door}, median`, value: wallMs(door), unit: 'ms' })),
    ...doors.map((door): Figure => ({ name: `${door}, median CPU`, value: cpuMs(door), unit: 'ms' })),
    {
      name: 'process-job / bare-client',
      value: wallMs('process-job') / wallMs('bare-client'),
      unit: 'x',
      goal: { kind: 'at-most', limit: MAX_RATIO_TO_BARE_CLIENT },
    },
    { name: 'process-job / empty', value: wallMs('process-job') / wallMs('empty'), unit: 'x' },
  ];
};

const median = (values: readonly number[]): number => percentile(values, 50) ?? Number.NaN;
