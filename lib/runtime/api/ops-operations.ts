import { type Problem, problem } from '../../api/problem.ts';
import type { RequestOf } from '../../api/route.ts';
import type { Routes } from '../../api/routes.ts';
import { instantOf } from '../../api/schemas/common.ts';
import { closedCircuit } from '../../pipeline/fleet/circuit.ts';
import type { CircuitId, Circuits } from '../../pipeline/fleet/circuits.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import type { Deliveries, OldestDelivery } from '../dynamodb-deliveries.ts';
import type { Audit } from './audit.ts';
import { circuitViewOf } from './circuit-view.ts';
import { isMeant } from './dead-letter.ts';
import type { LaneDesk, Move } from './lane-desk.ts';
import type { Operations } from './operations.ts';
import { type RedrivePorts, redrive } from './redrive.ts';

type Ports = RedrivePorts & {
  desk: LaneDesk;
  deliveries: Pick<Deliveries, 'list'>;
  circuits: Pick<Circuits, 'hold' | 'list'>;
  /** One circuit for each offer of the stage. */
  offers: readonly CircuitId[];
  audit: Audit;
};

type OpsOperations = Pick<Operations, 'listLanes' | 'redriveLane' | 'listCircuits' | 'holdCircuit'>;

/** What people of the platform do with lanes and circuits. Each change is in the audit trail. */
export const createOpsOperations = (ports: Ports): OpsOperations => ({
  listLanes: async () => {
    const [delivered, ...sights] = await Promise.all([
      ports.deliveries.list(),
      ...laneNames.map(async (lane) => ({ lane, ...(await ports.desk.look(lane)) })),
    ]);
    const lanes = sights.map(({ move, ...sight }) => {
      const oldest = delivered.get(sight.lane);
      return {
        ...sight,
        ...(oldest && { oldestDelivered: shownDelivery(oldest) }),
        ...(move && { lastMove: shownMove(move) }),
      };
    });
    return { kind: 'answer', status: 200, body: { lanes } };
  },
  redriveLane: async (request) => {
    const { filter, dryRun } = request.body;
    return filter === undefined && !dryRun ? moveAll(ports, request) : redriveSome(ports, request);
  },
  listCircuits: async () => {
    const known = await ports.circuits.list();
    const nowMs = ports.clock.now();
    const circuits = ports.offers.map((offer) => {
      const found = known.find((listed) => isSame(listed, offer));
      return circuitViewOf(offer, found?.circuit ?? closedCircuit, nowMs);
    });
    return { kind: 'answer', status: 200, body: { circuits } };
  },
  holdCircuit: async ({ params: { provider, model: modelId }, body: { hold }, caller, requestId }) => {
    const offer = ports.offers.find((known) => isSame(known, { provider, modelId }));
    if (offer === undefined) return noCircuit;
    const { clientId } = caller;
    const trace = { clientId, target: `${provider}/${modelId}`, requestId, details: { hold } };
    await ports.audit({ action: 'hold-circuit', ...trace });
    const circuit = await ports.circuits.hold(offer, hold, clientId);
    await ports.audit({ action: 'hold-circuit-ended', ...trace });
    return { kind: 'answer', status: 200, body: circuitViewOf(offer, circuit, ports.clock.now()) };
  },
});

const isSame = (one: CircuitId, other: CircuitId): boolean =>
  one.provider === other.provider && one.modelId === other.modelId;

const noCircuit: Problem = problem(
  'not-found',
  'No model of this stage has that circuit: GET /v1/circuits lists all.',
);

type RedriveRequest = RequestOf<Routes['redriveLane']>;
type RedriveAnswer = ReturnType<OpsOperations['redriveLane']>;

const moveAll = async (ports: Ports, request: RedriveRequest): RedriveAnswer => {
  const { lane } = request.params;
  await auditRedrive(ports, request, 'redrive-lane', { mode: 'all' });
  const move = await ports.desk.moveAll(lane);
  await auditRedrive(ports, request, 'redrive-lane-ended', { mode: 'all', move });
  if (move === 'running') return movesAlready;
  return { kind: 'answer', status: 200, body: { lane, dryRun: false, mode: 'all' } };
};

const movesAlready: Problem = problem(
  'wrong-state',
  'SQS is moving the dead letters of this lane: GET /v1/lanes shows how far it is.',
);

const redriveSome = async (ports: Ports, request: RedriveRequest): RedriveAnswer => {
  const { filter, dryRun } = request.body;
  const { lane } = request.params;
  if (!dryRun) await auditRedrive(ports, request, 'redrive-lane', { mode: 'selected' }); // before, lest it dies of it
  const { failure, ...done } = await redrive(ports, {
    lane,
    isMeant: (letter) => filter === undefined || isMeant(letter, filter),
    dryRun,
    remainingMs: request.remainingMs,
  });
  if (!dryRun) await auditRedrive(ports, request, 'redrive-lane-ended', done);
  if (failure !== undefined) throw failure;
  const mode = filter === undefined ? 'all' : 'selected';
  return { kind: 'answer', status: 200, body: { lane, dryRun, mode, ...done } };
};

/** The filter stands there with what it names; of a tenant, only that one was named. */
const auditRedrive = (
  { audit }: Ports,
  { params: { lane }, body: { filter = {} }, caller: { clientId }, requestId }: RedriveRequest,
  action: 'redrive-lane' | 'redrive-lane-ended',
  more: Record<string, string | number | boolean>,
): Promise<void> => {
  const { tenantId, ...named } = filter;
  const details = { ...named, ...(tenantId !== undefined && { ofTenant: true }), ...more };
  return audit({ action, clientId, target: lane, requestId, details });
};

const shownDelivery = ({ sentAtMs, atMs }: OldestDelivery) => ({
  ageSeconds: Math.max(Math.floor((atMs - sentAtMs) / 1000), 0),
  at: instantOf(atMs),
});

const shownMove = ({ state, startedAtMs, ...move }: Move) => ({
  ...move,
  state: moveStates.find((known) => known === state.toLowerCase()) ?? ('unknown' as const),
  startedAt: instantOf(startedAtMs),
});

const moveStates = ['running', 'completed', 'cancelling', 'cancelled', 'failed'] as const;
