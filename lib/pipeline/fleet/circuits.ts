import { type ProviderName, providerNames } from '../model/model.ts';
import type { Chance, Clock, FleetRecord, FleetStore } from '../ports.ts';
import { DAY_MS } from '../utc.ts';
import { within } from '../within.ts';
import {
  afterCall,
  type Circuit,
  type CircuitReason,
  type CircuitTurn,
  circuitSchema,
  closedCircuit,
  type Health,
  type HoldOrder,
  leaseProbe,
  type Standing,
  standingOf,
  withHold,
} from './circuit.ts';

/** One circuit per provider and model. */
export type CircuitId = { provider: ProviderName; modelId: string };

/** Whether a call may be made. Who gets `probe` makes the only one of its recovery period, and reports it. */
export type Permit =
  | { kind: 'closed' }
  | { kind: 'probe'; probeId: string }
  | { kind: 'open'; reason: CircuitReason | 'held'; retryInMs: number };

export type ListedCircuit = CircuitId & { circuit: Circuit };

/** The circuits of the whole fleet as one worker environment sees them. */
export type Circuits = {
  /** Whether a call may be made, `due` being the time for a probe. Takes nothing. Never rejects. */
  look(id: CircuitId): Promise<Standing>;
  /**
   * To be asked last before a call, because it may hand out the one probe of a recovery period. Never rejects: while the
   * store fails, what was last seen holds, and what was never seen is closed.
   */
  permit(id: CircuitId): Promise<Permit>;
  /** Never rejects: a report that cannot be written is dropped, because it must not fail a job. */
  report(id: CircuitId, permit: Exclude<Permit, { kind: 'open' }>, result: Health): Promise<void>;
  /** For operators: the circuit as it is then. Rejects when the hold could not be written: they must know. */
  hold(id: CircuitId, hold: HoldOrder['hold'], by: string): Promise<Circuit>;
  /** For operators. Circuits that have never failed have no record. Rejects when the store fails. */
  list(): Promise<readonly ListedCircuit[]>;
};

/** What a worker's own report has made of a circuit: it opened for this reason, or closed after it. */
export type ReportedTurn = CircuitId &
  Pick<Extract<CircuitTurn, { reason: CircuitReason }>, 'kind' | 'reason'>;

type CircuitPorts = {
  store: FleetStore;
  clock: Clock;
  chance: Pick<Chance, 'newId'>;
  /** Told once in the fleet, by the worker whose write it was. Never rejects. */
  onTurn?(turn: ReportedTurn): Promise<void>;
};

/** Where circuits are among the records of the fleet. */
export const CIRCUIT_FAMILY = 'circuit';

/** How old a view may be when a call is permitted: with the read itself, every worker stops within a second. In ms. */
const VIEW_FRESH_MS = 500;

/** The longest that a call waits for this environment's own failures to be counted, in ms. */
const COUNTING_MS = 1_000;

/** How long a store that failed is left alone, in ms. */
const STORE_REST_MS = 1_000;

/** How long a version that was written or shown here outweighs a list, which may lag behind but not for ever. In ms. */
const LIST_LAG_MS = 5_000;

/** Five lost races already mean an open circuit when all write failures; successes between them cost a few more. */
const MOST_TRIES = 8;

/** Each try loses to somebody who is done then: more people than this do not hold one circuit at the same moment. */
const MOST_TRIES_TO_HOLD = 50;

/** A quiet circuit forgets; ten years are longer than any hold is meant to last. */
export const circuitKeptForMs = ({ hold }: Pick<Circuit, 'hold'>): number =>
  hold === undefined ? DAY_MS : 3_650 * DAY_MS;

/**
 * Healthy traffic writes nothing and reads once per 500 ms, however many calls ask. A failure holds back the next call
 * of its environment until it is counted, so that no more calls fail uncounted than jobs can be in flight.
 */
export const createCircuits = (ports: CircuitPorts): Circuits => {
  const { store, clock } = ports;
  const view = createView(ports);
  const probe = createProbing(ports, view);
  const uncounted = createUncounted(clock);
  const look = async (id: CircuitId): Promise<Standing> => {
    await Promise.all([view.refresh(), uncounted.counted(nameOf(id))]);
    return standingOf(view.read(nameOf(id)).circuit, clock.now());
  };
  return {
    look,
    permit: async (id) => {
      const standing = await look(id);
      return standing.kind === 'due' ? probe(id) : standing;
    },
    report: async (id, permit, result) => {
      const probeId = permit.kind === 'probe' ? permit.probeId : undefined;
      let turn: ReportedTurn | undefined;
      const rule: Rule = (circuit) => {
        const next = afterCall(circuit, { nowMs: clock.now(), provider: id.provider, result, probeId });
        turn = next && newTurn(id, circuit, next);
        return next;
      };
      const told = change(store, view, nameOf(id), rule)
        .then((outcome) => (outcome === 'written' && turn ? ports.onTurn?.(turn) : undefined))
        .catch(() => 'unwritten');
      await (result === 'answered' ? told : uncounted.add(nameOf(id), told));
    },
    hold: async (id, hold, by) => {
      const rule: Rule = (circuit) => withHold(circuit, { hold, by, nowMs: clock.now() });
      const outcome = await change(store, view, nameOf(id), rule, MOST_TRIES_TO_HOLD);
      if (outcome !== 'written') throw new Error('the circuit changed at every try to hold it');
      return view.read(nameOf(id)).circuit;
    },
    list: async () => (await store.list(CIRCUIT_FAMILY)).flatMap(listed),
  };
};

/** A report adds one turn at most. */
const newTurn = (id: CircuitId, before: Circuit, after: Circuit): ReportedTurn | undefined => {
  const turn = after.turns?.at(-1);
  if (after.turns === before.turns || turn === undefined || !('reason' in turn)) return undefined;
  return { ...id, kind: turn.kind, reason: turn.reason };
};

/** Failures of this environment that are on their way to the fleet's count, by circuit. */
const createUncounted = (clock: Clock) => {
  const reports = new Map<string, Set<Promise<unknown>>>();
  return {
    add: async (name: string, report: Promise<unknown>): Promise<void> => {
      const pending = reports.get(name) ?? new Set();
      reports.set(name, pending.add(report));
      await report;
      pending.delete(report);
    },
    counted: async (name: string): Promise<void> => {
      const pending = reports.get(name);
      if (pending && pending.size > 0) await within(clock, COUNTING_MS, Promise.all(pending));
    },
  };
};

const nameOf = ({ provider, modelId }: CircuitId): string => `${provider}/${modelId}`;

const listed = ({ name, value }: FleetRecord): ListedCircuit[] => {
  const provider = providerNames.find((candidate) => name.startsWith(`${candidate}/`));
  if (provider === undefined) return [];
  return [{ provider, modelId: name.slice(provider.length + 1), circuit: circuitOf(value) }];
};

/** What cannot be read counts as closed, and is overwritten by the next failure. */
const circuitOf = (value: unknown): Circuit => circuitSchema.safeParse(value).data ?? closedCircuit;

/** Version 0: there is no record. */
type Seen = { version: number; circuit: Circuit; seenAtMs: number };
type View = ReturnType<typeof createView>;

/** What this environment knows of all circuits. */
const createView = ({ store, clock }: CircuitPorts) => {
  let records: ReadonlyMap<string, Seen> = new Map();
  let nextReadAtMs = -Infinity;
  let reading: Promise<void> | undefined;
  const readAll = async () => {
    const seenAtMs = clock.now();
    try {
      const found = await store.list(CIRCUIT_FAMILY);
      const entries = found.map(({ name, version, value }) => [name, version, circuitOf(value)] as const);
      const fresh = new Map(
        entries.map(([name, version, circuit]) => [name, { version, circuit, seenAtMs }]),
      );
      records = mergedInto(fresh, records, clock.now());
      nextReadAtMs = seenAtMs + VIEW_FRESH_MS;
    } catch {
      nextReadAtMs = clock.now() + STORE_REST_MS;
    }
  };
  return {
    /** Concurrent callers share one read. */
    refresh: async (): Promise<void> => {
      if (clock.now() < nextReadAtMs) return;
      reading ??= readAll().finally(() => {
        reading = undefined;
      });
      await reading;
    },
    read: (name: string) => records.get(name) ?? { version: 0, circuit: closedCircuit },
    forget: (name: string): void => {
      records = new Map([...records].filter(([known]) => known !== name));
    },
    learn: (name: string, version: number, circuit: Circuit): void => {
      const seenAtMs = clock.now();
      records = mergedInto(new Map([...records, [name, { version, circuit, seenAtMs }]]), records, seenAtMs);
    },
  };
};

/** A later version that was seen of late wins over what a list says. */
const mergedInto = (
  fresh: ReadonlyMap<string, Seen>,
  known: ReadonlyMap<string, Seen>,
  nowMs: number,
): ReadonlyMap<string, Seen> => {
  const later = [...known].filter(
    ([name, { version, seenAtMs }]) =>
      version > (fresh.get(name)?.version ?? 0) && nowMs - seenAtMs < LIST_LAG_MS,
  );
  return new Map([...fresh, ...later]);
};

type Rule = (circuit: Circuit) => Circuit | undefined;

/** `unneeded`: the rule has nothing to write. `lost`: every try met another writer. */
type Outcome = 'written' | 'unneeded' | 'lost';

/** Applies a rule to the shared record, again to what has come between when another writer was first. */
const change = async (
  store: FleetStore,
  view: View,
  name: string,
  rule: Rule,
  mostTries = MOST_TRIES,
): Promise<Outcome> => {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const { version, circuit } = view.read(name);
    const next = rule(circuit);
    if (next === undefined) return 'unneeded';
    const replaced = await store.replace(
      { family: CIRCUIT_FAMILY, name },
      version,
      next,
      circuitKeptForMs(next),
    );
    if (replaced.kind === 'replaced') {
      view.learn(name, version + 1, next);
      return 'written';
    }
    const current = replaced.current?.version ?? 0;
    if (current < version) view.forget(name); // the record had expired: versions start again
    view.learn(name, current, circuitOf(replaced.current?.value));
  }
  return 'lost';
};

/** Takes the one probe lease of a recovery period by a conditional write; all who come second find the circuit open. */
const createProbing = ({ store, clock, chance }: CircuitPorts, view: View) => {
  let restsUntilMs = -Infinity;
  return async (id: CircuitId): Promise<Permit> => {
    const name = nameOf(id);
    const probeId = chance.newId();
    const lease: Rule = (circuit) =>
      leaseProbe(circuit, { nowMs: clock.now(), provider: id.provider, probeId });
    if (clock.now() >= restsUntilMs) {
      const outcome = await change(store, view, name, lease).catch(() => 'failed');
      if (outcome === 'written') return { kind: 'probe', probeId };
      if (outcome === 'failed') restsUntilMs = clock.now() + STORE_REST_MS;
    }
    const standing = standingOf(view.read(name).circuit, clock.now());
    if (standing.kind !== 'due') return standing;
    return { kind: 'open', reason: standing.reason, retryInMs: STORE_REST_MS };
  };
};
