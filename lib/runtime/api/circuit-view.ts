import type * as z from 'zod/mini';
import { instantOf } from '../../api/schemas/common.ts';
import type { circuit } from '../../api/schemas/operations.ts';
import { type Circuit, type CircuitTurn, standingOf } from '../../pipeline/fleet/circuit.ts';
import type { CircuitId } from '../../pipeline/fleet/circuits.ts';

type CircuitView = z.infer<typeof circuit>;

/** A circuit as the API shows it at this instant. */
export const circuitViewOf = (
  { provider, modelId }: CircuitId,
  circuit: Circuit,
  nowMs: number,
): CircuitView => ({
  provider,
  modelId,
  ...(circuit.hold === undefined ? followed(circuit, nowMs) : held(circuit.hold, circuit)),
  history: (circuit.turns ?? []).map(shownTurn).reverse(),
});

type Shown = Omit<CircuitView, 'provider' | 'modelId' | 'history'>;

/** A quota that is free again has closed its circuit without a write. */
const followed = (circuit: Circuit, nowMs: number): Shown => {
  const { state } = circuit;
  if (state.kind === 'closed') return { state: 'closed', failures: state.failures };
  if (standingOf(circuit, nowMs).kind === 'closed') return { state: 'closed', failures: 0 };
  const { reason, openedAtMs, retryAtMs } = state;
  return { state: 'open', reason, openedAt: instantOf(openedAtMs), nextProbeAt: instantOf(retryAtMs) };
};

/** No call changes a held circuit, so its last turn is the hold; who writes the record by hand leaves none. */
const held = (hold: NonNullable<Circuit['hold']>, { turns }: Circuit): Shown => {
  const state = `held-${hold}` as const;
  const turn = turns?.at(-1);
  if (turn?.kind !== state) return { state };
  return { state, heldAt: instantOf(turn.atMs), heldBy: turn.by };
};

const shownTurn = (turn: CircuitTurn): CircuitView['history'][number] => {
  const { kind, atMs } = turn;
  return { kind, at: instantOf(atMs), ...('by' in turn ? { by: turn.by } : { reason: turn.reason }) };
};
