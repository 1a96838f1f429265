import { pause } from '../../local/sample/pause.ts';
import { recoveryMs } from '../../pipeline/fleet/circuit.ts';
import type { Circuits } from '../../pipeline/fleet/circuits.ts';
import { liveOffers } from '../../pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import type { ModelName, ProviderName } from '../../pipeline/model/model.ts';
import { type DrillContext, equal, type Finding } from '../drill.ts';
import { judgeOutage, splitOutage } from '../history/outage-record.ts';
import { type DeferredMessages, watchDeferred } from '../rig/deferred-messages.ts';
import { fleetCircuits } from '../rig/fleet-circuits.ts';
import { countFleetWrites } from '../rig/fleet-writes.ts';
import type { JobRow } from '../rig/job-row.ts';
import type { Rig } from '../rig/rig.ts';
import { SLOTS, WORKERS, warmFleet } from '../rig/whole-fleet.ts';

/** A model that dies at a provider, and how. Its jobs may go nowhere else. */
type Victim = {
  what: string;
  provider: ProviderName;
  model: ModelName;
  modelId: string;
  fault: object;
  /** How many probes find it dead; then it is well again. */
  failedProbes: number;
};

/** Whatever the catalogue offers today: models come and go by date. */
const victimsOf = ({ profile }: DrillContext): Victim[] => {
  const [most, azures] = profile === 'ci' ? [1, 0] : [3, 2];
  const planned: readonly Omit<Victim, 'modelId'>[] = [
    {
      what: 'OpenAI answers 500',
      provider: 'openai',
      model: 'gpt-5-nano',
      fault: { kind: 'status', status: 500, code: 'server_error' },
      failedProbes: most,
    },
    {
      what: 'Azure OpenAI answers 500',
      provider: 'azure-openai',
      model: 'gpt-5-nano',
      fault: { kind: 'status', status: 500, code: 'server_error' },
      failedProbes: azures,
    },
    {
      what: 'Anthropic resets connections',
      provider: 'anthropic',
      model: 'claude',
      fault: { kind: 'reset' },
      failedProbes: most,
    },
    {
      what: 'OpenAI is silent',
      provider: 'openai',
      model: 'gpt-5-mini',
      fault: { kind: 'silent' },
      failedProbes: most,
    },
  ];
  return planned.flatMap((victim) => {
    const [offer] = liveOffers(
      defaultCatalogue[victim.model],
      Date.now(),
      (name) => name === victim.provider,
    );
    return offer === undefined ? [] : [{ ...victim, modelId: offer.modelId }];
  });
};

type Scene = {
  rig: Rig;
  context: DrillContext;
  circuits: Circuits;
  deferred: DeferredMessages;
  /** Calls before it were answered. In ms since 1970. */
  deadSinceMs: number;
  jobIds: string[];
};

const messageFor = ({ provider, model }: Victim) => ({ model, allowedProcessors: [provider] });

type Counts = { critical: number; high: number; medium?: number; low?: number };

/** Resolves when all are sent, to the ids of those that do not wait for their model. */
const send = async ({ rig, jobIds }: Scene, victim: Victim, counts: Counts): Promise<string[]> => {
  const lanes = (['critical', 'high', 'medium', 'low'] as const).map((lane) =>
    rig.send(
      lane,
      Array.from({ length: counts[lane] ?? 0 }, () => messageFor(victim)),
    ),
  );
  const sent = await Promise.all(lanes);
  jobIds.push(...sent.flat());
  return sent.slice(0, 2).flat();
};

const stateOf = async ({ circuits }: Scene, { provider, modelId }: Victim) =>
  (await circuits.list()).find((it) => it.provider === provider && it.modelId === modelId)?.circuit.state;

const callsOf = async ({ rig, deadSinceMs }: Scene, { provider, modelId }: Victim) =>
  (await rig.calls()).filter(
    (call) => call.provider === provider && call.model === modelId && call.startedAtMs >= deadSinceMs,
  );

const arm = ({ rig }: Scene, dead: readonly Victim[]): Promise<void> =>
  rig.modelFaults(
    dead.map(({ provider, modelId, fault }) => ({
      id: `${provider}/${modelId}`,
      match: { provider, model: modelId },
      fault,
    })),
  );

/** How often the drill looks, and the most that an opening may take when every call fails after seconds of silence. */
const LOOK_EVERY_MS = 250;
const OPENS_WITHIN_MS = 20_000;

/** When its circuit opened, in ms since 1970. Ends when nobody is at work any more: the next one dies on an idle machine. */
const strikeDown = async (scene: Scene, victim: Victim): Promise<number> => {
  const hurried = await send(scene, victim, { critical: 10, high: 16, medium: 10, low: 9 });
  const untilMs = Date.now() + OPENS_WITHIN_MS;
  while (Date.now() < untilMs && !scene.context.signal.aborted) {
    const state = await stateOf(scene, victim);
    if (state?.kind === 'open') {
      await Promise.all(hurried.map((jobId) => scene.rig.ended(jobId)));
      return state.openedAtMs;
    }
    await pause(LOOK_EVERY_MS, scene.context.signal);
  }
  throw new Error(`${victim.what}: its circuit did not open`);
};

/** People write on, whatever has happened to a model. */
const DEMAND_EVERY_MS = 2_000;

/** A probe needs a job that asks for it, and a silent one takes seconds to fail. */
const PROBE_SLACK_MS = 15_000;

type Patient = Victim & { openedAtMs: number };

/** Keeps up the demand, makes each victim well again after its failed probes, and ends when all circuits are closed. */
const recover = async (scene: Scene, patients: readonly Patient[]): Promise<void> => {
  const { signal, say } = scene.context;
  const untilMs = Math.max(
    ...patients.map(
      ({ openedAtMs, provider, failedProbes }) =>
        openedAtMs + recoveryMs[provider] * (failedProbes + 1) + PROBE_SLACK_MS,
    ),
  );
  let sick = patients;
  let open = patients;
  let demandAtMs = 0;
  while (open.length > 0 && Date.now() < untilMs && !signal.aborted) {
    if (Date.now() >= demandAtMs) {
      demandAtMs = Date.now() + DEMAND_EVERY_MS;
      for (const victim of open) await send(scene, victim, { critical: 1, high: 1 });
    }
    const still = await stillSick(scene, sick);
    if (still.length < sick.length) await arm(scene, still);
    sick = still;
    open = await stillOpen(scene, open);
    await pause(LOOK_EVERY_MS, signal);
  }
  say(`${patients.length - open.length} of ${patients.length} circuits have closed`);
};

const stillSick = async (scene: Scene, sick: readonly Patient[]): Promise<Patient[]> => {
  const probes = await Promise.all(sick.map(async (patient) => (await probesOf(scene, patient)).length));
  return sick.filter(({ failedProbes }, index) => (probes[index] ?? 0) < failedProbes);
};

const stillOpen = async (scene: Scene, open: readonly Patient[]): Promise<Patient[]> => {
  const states = await Promise.all(open.map((patient) => stateOf(scene, patient)));
  return open.filter((_patient, index) => states[index]?.kind === 'open');
};

const outageOf = async (scene: Scene, patient: Patient) => ({
  what: patient.what,
  calls: await callsOf(scene, patient),
  openedAtMs: patient.openedAtMs,
  recoveryMs: recoveryMs[patient.provider],
  failedProbes: patient.failedProbes,
  slots: SLOTS,
});

const probesOf = async (scene: Scene, patient: Patient) => splitOutage(await outageOf(scene, patient)).probes;

const judge = async (scene: Scene, patient: Patient): Promise<Finding[]> => [
  ...judgeOutage(await outageOf(scene, patient)),
  equal(
    `${patient.what}: its circuit, when it is well again`,
    (await stateOf(scene, patient))?.kind,
    'closed',
  ),
];

/** Jobs that still wait for a model need not wait out the minute that they were told. */
const hasten = async ({ rig, deferred, jobIds }: Scene): Promise<void> => {
  const rows = await Promise.all(jobIds.map((jobId) => rig.row(jobId)));
  const waiting = rows.flatMap((row) => (row?.status === 'queued' ? [row] : []));
  for (const [lane, ofLane] of Map.groupBy(waiting, (row) => row.lane))
    await deferred.hasten(
      lane,
      ofLane.map(({ jobId }) => jobId),
    );
};

/** Jobs of waiting lanes get a model's answer when they come back; the others have had the default one at once. */
const judgeJobs = async (scene: Scene, patients: readonly Patient[]): Promise<Finding[]> => {
  for (const patient of patients) await send(scene, patient, { critical: 1, high: 0 });
  await hasten(scene);
  const rows = await Promise.all(scene.jobIds.map((jobId) => scene.rig.ended(jobId)));
  const fromModel = ({ answer }: JobRow) => answer?.source === 'model';
  const waiting = rows.filter(({ lane }) => lane === 'medium' || lane === 'low');
  return [
    equal(
      'jobs that succeeded',
      rows.filter(({ status }) => status === 'succeeded').length,
      scene.jobIds.length,
    ),
    equal(
      'of the jobs in `medium` and `low`, which can wait, answered by their model',
      waiting.filter(fromModel).length,
      waiting.length,
    ),
    equal(
      'jobs sent after the recovery, answered by their model',
      rows.slice(-patients.length).filter(fromModel).length,
      patients.length,
    ),
  ];
};

/** Enough to see a write that comes once in many jobs. */
const HEALTHY_JOBS = 100;

/** What healthy jobs write for circuits. */
const healthyWrites = async (rig: Rig): Promise<number> => {
  const writes = countFleetWrites(rig);
  const jobIds = await rig.send(
    'high',
    Array.from({ length: HEALTHY_JOBS }, () => ({})),
  );
  await Promise.all(jobIds.map((jobId) => rig.ended(jobId)));
  return writes('circuit');
};

/** 26 workers, and models that die under them one after the other. */
export const deadProvider = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rig = await context.startRig();
  using deferred = watchDeferred(rig);
  const workers = await warmFleet(rig, context, { model: 'gpt-5' });
  const writes = await healthyWrites(rig);
  const victims = victimsOf(context);
  const circuits = fleetCircuits(rig);
  const scene: Scene = { rig, context, circuits, deferred, deadSinceMs: Date.now(), jobIds: [] };
  await arm(scene, victims);
  const patients: Patient[] = [];
  for (const victim of victims) patients.push({ ...victim, openedAtMs: await strikeDown(scene, victim) });
  context.say(`${patients.length} circuits are open`);
  await recover(scene, patients);
  const outages = await Promise.all(patients.map((patient) => judge(scene, patient)));
  return [
    equal('workers', workers, WORKERS),
    equal(`writes for circuits over ${HEALTHY_JOBS} jobs while all is well`, writes, 0),
    ...outages.flat(),
    ...(await judgeJobs(scene, patients)),
  ];
};
