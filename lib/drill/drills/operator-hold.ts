import { holdCircuit } from '../../local/hold-circuit.ts';
import { pause } from '../../local/sample/pause.ts';
import type { CircuitId, Circuits } from '../../pipeline/fleet/circuits.ts';
import { atMost, type DrillContext, equal, type Finding } from '../drill.ts';
import { fleetCircuits } from '../rig/fleet-circuits.ts';
import type { JobRow } from '../rig/job-row.ts';
import type { Rig } from '../rig/rig.ts';

/** One provider, whose answers or silence alone decide. */
const message = { model: 'claude', allowedProcessors: ['anthropic'] } satisfies Parameters<
  Rig['send']
>[1][number];

/** The promise of the issue. */
const STOPS_WITHIN_MS = 1_000;

/** Jobs that come one after the other, so that each worker looks at its view of the circuits again and again. */
const TRAFFIC_MS = 3_000;
const EVERY_MS = 100;

const runJobs = async (rig: Rig, count: number): Promise<JobRow[]> => {
  const jobIds = await rig.send(
    'critical',
    Array.from({ length: count }, () => message),
  );
  return Promise.all(jobIds.map((jobId) => rig.ended(jobId)));
};

/** Sends while `act` is done in the midst of it; when it was done, in ms since 1970. */
const amidTraffic = async (rig: Rig, signal: AbortSignal, act: () => Promise<void>): Promise<number> => {
  const untilMs = Date.now() + TRAFFIC_MS;
  const jobIds: string[] = [];
  let actedAtMs = Infinity;
  while (Date.now() < untilMs && !signal.aborted) {
    jobIds.push(...(await rig.send('critical', [message])));
    if (actedAtMs === Infinity && Date.now() > untilMs - TRAFFIC_MS / 2) {
      await act();
      actedAtMs = Date.now();
    }
    await pause(EVERY_MS, signal);
  }
  await Promise.all(jobIds.map((jobId) => rig.ended(jobId)));
  return actedAtMs;
};

const callsSince = async (rig: Rig, ms: number) =>
  (await rig.calls()).filter(({ startedAtMs }) => startedAtMs > ms);

const sources = (rows: readonly JobRow[]): (string | undefined)[] => [
  ...new Set(rows.map(({ answer }) => answer?.source)),
];

/** Long enough that every worker has read the circuits anew, in ms. */
const SEEN_MS = 1_000;

const heldOpen = async (scene: Scene): Promise<Finding[]> => {
  const { rig, id, signal } = scene;
  const heldAtMs = await amidTraffic(rig, signal, () => holdCircuit(rig.dynamodb, id, 'open'));
  const calls = await callsSince(rig, heldAtMs);
  const lastMs = Math.max(0, ...calls.map(({ startedAtMs }) => startedAtMs - heldAtMs));
  return [
    equal('jobs answered by, before anyone holds the circuit', scene.before, ['model']),
    atMost(
      'held open: last call of the healthy provider after it',
      lastMs,
      STOPS_WITHIN_MS,
      'ms',
      'promised',
    ),
    equal('held open: jobs answered by', sources(await runJobs(rig, 5)), ['default']),
  ];
};

/** More jobs than failures open a circuit. */
const JOBS = 12;

const heldClosed = async ({ rig, id, signal }: Scene): Promise<Finding[]> => {
  await rig.modelFaults([
    { id: 'dead', match: {}, fault: { kind: 'status', status: 500, code: 'api_error' } },
  ]);
  await holdCircuit(rig.dynamodb, id, 'closed');
  await pause(SEEN_MS, signal);
  const rows = await runJobs(rig, JOBS);
  return [
    equal(
      `held closed: of ${JOBS} jobs, those that called the failing provider`,
      rows.filter(({ attempts }) => attempts.length > 0).length,
      JOBS,
    ),
  ];
};

const givenBack = async ({ rig, circuits, id, signal }: Scene): Promise<Finding[]> => {
  await holdCircuit(rig.dynamodb, id, 'auto');
  await pause(SEEN_MS, signal);
  await runJobs(rig, JOBS);
  const afterFailures = (await circuits.list()).map(({ circuit }) => [circuit.hold, circuit.state.kind]);
  const fromMs = Date.now();
  await pause(SEEN_MS, signal);
  await runJobs(rig, JOBS);
  return [
    equal('given back: hold and state after more failures', afterFailures, [[undefined, 'open']]),
    equal(
      'given back: calls of jobs sent a second later',
      (await callsSince(rig, fromMs + SEEN_MS)).length,
      0,
    ),
  ];
};

type Scene = {
  rig: Rig;
  circuits: Circuits;
  id: CircuitId;
  signal: AbortSignal;
  before: (string | undefined)[];
};

/** What an operator says outweighs what the providers answer, until he takes it back. */
export const operatorHold = async ({ startRig, signal }: DrillContext): Promise<readonly Finding[]> => {
  const rig = await startRig({ providers: ['anthropic'] });
  const rows = await runJobs(rig, 5);
  const [attempt] = rows.flatMap(({ attempts }) => attempts);
  if (attempt === undefined) throw new Error('no job has called a model');
  const id: CircuitId = { provider: 'anthropic', modelId: attempt.modelId };
  const scene: Scene = { rig, circuits: fleetCircuits(rig), id, signal, before: sources(rows) };
  return [...(await heldOpen(scene)), ...(await heldClosed(scene)), ...(await givenBack(scene))];
};
