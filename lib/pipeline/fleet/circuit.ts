import * as z from 'zod/mini';
import { EMPTY_ANSWER, type ModelFailure, type ProviderName } from '../model/model.ts';

/** Why a circuit is open: what a person must look at, and how it closes again. */
export const circuitReasons = ['outage', 'quota', 'credentials', 'money'] as const;
export type CircuitReason = (typeof circuitReasons)[number];

/** What an operator may hold a circuit at, whatever the providers answer. */
export const circuitHolds = ['open', 'closed'] as const;
export type CircuitHold = (typeof circuitHolds)[number];

/** Counted failures in a row, across the fleet, that open a circuit. */
const FAILURES_TO_OPEN = 5;

const failures = z.int().check(z.minimum(0), z.maximum(FAILURES_TO_OPEN));

const circuitState = z.discriminatedUnion('kind', [
  /** `failures`: counted across the fleet since the last success. */
  z.object({ kind: z.literal('closed'), failures, lastFailureAtMs: z.number() }),
  /** `probeId` names the last probe. `openedAtMs` stays through failed ones. */
  z.object({
    kind: z.literal('open'),
    reason: z.enum(circuitReasons),
    openedAtMs: z.number(),
    retryAtMs: z.number(),
    probeId: z.optional(z.string()),
  }),
]);

/** What happened to a circuit that a person may ask about. `by`: the client whose token it was. */
const circuitTurn = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['opened', 'closed']), reason: z.enum(circuitReasons), atMs: z.number() }),
  z.object({ kind: z.enum(['held-open', 'held-closed', 'released']), by: z.string(), atMs: z.number() }),
]);
export type CircuitTurn = z.infer<typeof circuitTurn>;

/** Ten turns are 800 bytes: DynamoDB reads all circuits for the price of 4 KB while three of ten have so many. */
const MOST_TURNS = 10;

/**
 * The record of one circuit as all workers share it. Without `hold` it follows what the provider answers. `turns`: the
 * last ones, newest last, for people alone. A person who writes a record by hand need not know of them.
 */
export const circuitSchema = z.object({
  state: circuitState,
  hold: z.optional(z.enum(circuitHolds)),
  turns: z.catch(z.optional(z.array(circuitTurn)), undefined),
});
export type Circuit = z.infer<typeof circuitSchema>;
type State = Circuit['state'];
type Closed = Extract<State, { kind: 'closed' }>;
type Open = Extract<State, { kind: 'open' }>;

/** A failure that comes later than this after the one before starts a new count. In ms. */
export const FAILURE_WINDOW_MS = 60_000;

/**
 * From opening to the first probe, and from probe to probe, in ms. Instants are compared across workers, so it is off
 * by as much as their clocks differ: a few seconds, which is too little for a second probe.
 */
export const recoveryMs: Readonly<Record<ProviderName, number>> = {
  'azure-openai': 60_000,
  openai: 30_000,
  anthropic: 30_000,
};

/** A shorter Retry-After concerns the job that got it; a longer one than the second would leave a provider unused. In ms. */
const QUOTA_PAUSE_MS = { least: 5_000, most: 300_000 };

/** Nobody waits longer than the longest pause: an instant beyond it and what clocks differ by is a mistake. In ms. */
const CLOCK_MARGIN_MS = 10_000;

/** An operator may lift a hold at any time: when to look again, in ms. */
const HELD_RETRY_MS = 30_000;

/** A circuit without a record, and one that has closed. */
export const closedCircuit: Circuit = { state: { kind: 'closed', failures: 0, lastFailureAtMs: 0 } };

/** `due`: the recovery time is over, and one worker may probe. */
export type Standing =
  | { kind: 'closed' }
  | { kind: 'due'; reason: CircuitReason }
  | { kind: 'open'; reason: CircuitReason | 'held'; retryInMs: number };

/** What a circuit means for a call at this instant. */
export const standingOf = (circuit: Circuit, nowMs: number): Standing => {
  if (circuit.hold === 'closed') return { kind: 'closed' };
  if (circuit.hold === 'open') return { kind: 'open', reason: 'held', retryInMs: HELD_RETRY_MS };
  const state = stateAt(circuit, nowMs);
  if (state.kind === 'closed') return { kind: 'closed' };
  const { reason, retryAtMs } = state;
  const isFarOff = retryAtMs > nowMs + QUOTA_PAUSE_MS.most + CLOCK_MARGIN_MS;
  return retryAtMs > nowMs && !isFarOff
    ? { kind: 'open', reason, retryInMs: retryAtMs - nowMs }
    : { kind: 'due', reason };
};

/** A quota is free again when the provider said it would be: that needs neither a probe nor a write. */
const stateAt = ({ state }: Circuit, nowMs: number): State =>
  state.kind === 'open' && state.reason === 'quota' && state.retryAtMs <= nowMs ? closedCircuit.state : state;

type Moment = { nowMs: number; provider: ProviderName };

/** Leases the one probe of a recovery period. The next one is due a period later, also when this prober dies. */
export const leaseProbe = (
  circuit: Circuit,
  { nowMs, provider, probeId }: Moment & { probeId: string },
): Circuit | undefined => {
  if (circuit.state.kind !== 'open' || standingOf(circuit, nowMs).kind !== 'due') return undefined;
  return { ...circuit, state: { ...circuit.state, probeId, retryAtMs: nowMs + recoveryMs[provider] } };
};

/** What a call says of its provider. `alive`: no answer, but the provider has read the request. */
export type Health = 'answered' | 'alive' | ModelFailure;

/** What came of a call, and the lease it was made under if it was a probe. */
export type CallReport = Moment & { result: Health; probeId?: string | undefined };

/**
 * The circuit after a call; `undefined` when there is nothing to write. A hold keeps what lies beneath it as it was.
 * Calls that were in flight when the circuit opened change nothing: only the probe does.
 */
export const afterCall = (circuit: Circuit, report: CallReport): Circuit | undefined => {
  if (circuit.hold !== undefined) return undefined;
  const state = stateAt(circuit, report.nowMs);
  const next = report.probeId === undefined ? afterOrdinary(state, report) : afterProbe(state, report);
  if (next === undefined) return undefined;
  const turn = turnBetween(circuit.state, next, report.nowMs);
  return { state: next, turns: turn === undefined ? circuit.turns : withTurn(circuit, turn) };
};

const withTurn = ({ turns = [] }: Circuit, turn: CircuitTurn): CircuitTurn[] =>
  [...turns, turn].slice(-MOST_TURNS);

const turnBetween = (before: State, after: State, atMs: number): CircuitTurn | undefined => {
  const reason = before.kind === 'open' ? before.reason : undefined;
  if (after.kind === 'open')
    return after.reason === reason ? undefined : { kind: 'opened', reason: after.reason, atMs };
  return reason && { kind: 'closed', reason, atMs };
};

const afterOrdinary = (state: State, report: CallReport): State | undefined => {
  if (state.kind === 'open') return undefined;
  const verdict = verdictOn(report.result);
  switch (verdict.kind) {
    case 'answered':
      return state.failures > 0 ? closedCircuit.state : undefined;
    case 'counts':
      return counted(state, report);
    case 'opens':
      return opened(verdict, report);
    // A front end still answers requests that it rejects when all behind it is down: that ends no count.
    case 'alive':
    case 'unclear':
      return undefined;
  }
};

const counted = ({ failures, lastFailureAtMs }: Closed, report: CallReport): State => {
  const { nowMs } = report;
  const count = nowMs - lastFailureAtMs > FAILURE_WINDOW_MS ? 1 : failures + 1;
  if (count >= FAILURES_TO_OPEN) return opened({ reason: 'outage' }, report);
  return { kind: 'closed', failures: count, lastFailureAtMs: nowMs };
};

type Opening = { reason: CircuitReason; forMs?: number | undefined };

const opened = ({ reason, forMs }: Opening, { nowMs, provider }: Moment): Open => ({
  kind: 'open',
  reason,
  openedAtMs: nowMs,
  retryAtMs: nowMs + (forMs ?? recoveryMs[provider]),
});

/** Only the probe that holds the lease speaks. One that fails need not write: its lease is the wait for the next. */
const afterProbe = (state: State, report: CallReport): State | undefined => {
  if (state.kind === 'closed' || state.probeId !== report.probeId) return undefined;
  const verdict = verdictOn(report.result);
  switch (verdict.kind) {
    case 'answered':
    case 'alive':
      return closedCircuit.state;
    case 'counts':
      return reopened(state, { reason: 'outage' }, report);
    case 'opens':
      return reopened(state, verdict, report);
    case 'unclear':
      return undefined;
  }
};

/** The same circuit with what its probe has learned. A lease is never cut short. */
const reopened = (state: Open, opening: Opening, report: CallReport): State | undefined => {
  if (opening.reason === state.reason) return undefined;
  const { reason, retryAtMs } = opened(opening, report);
  return { ...state, reason, retryAtMs: Math.max(state.retryAtMs, retryAtMs) };
};

/** What a result says of its provider's health. */
type Verdict =
  | { kind: 'answered' }
  | { kind: 'alive' }
  | { kind: 'counts' } // one of the failures that together are an outage
  | ({ kind: 'opens' } & Opening) // certain at once
  | { kind: 'unclear' };

/** Stumbles that lie with us or with the request: our own short limits, our cap on a reply, a clash of requests. */
const unclearCodes: ReadonlySet<string> = new Set(['own-timeout', 'reply-too-large', 'conflict']);

/** Wrong for every request alike. Others, such as `parameter-not-supported`, depend on the request. */
const credentialCodes: ReadonlySet<string> = new Set([
  'credentials-rejected',
  'key-missing',
  'key-malformed',
  'key-unreadable',
  'model-not-found',
]);

const verdictOn = (result: Health): Verdict => {
  if (typeof result === 'string') return { kind: result };
  switch (result.kind) {
    case 'transient':
      return verdictOnStumble(result);
    case 'throttled':
      return verdictOnThrottle(result);
    case 'money':
      return { kind: 'opens', reason: 'money' };
    case 'misconfigured':
      return credentialCodes.has(result.code)
        ? { kind: 'opens', reason: 'credentials' }
        : { kind: 'unclear' };
    case 'refused':
    case 'invalid':
      return { kind: 'alive' };
  }
};

/** What a prompt has brought about must not count: one tenant could close a model for all. */
const verdictOnStumble = ({ code }: ModelFailure): Verdict => {
  if (code === EMPTY_ANSWER) return { kind: 'alive' };
  return { kind: unclearCodes.has(code) ? 'unclear' : 'counts' };
};

/** A throttle is no fault of the provider; it neither counts nor proves that the provider answers again. */
const verdictOnThrottle = ({ retryAfterMs = 0 }: ModelFailure): Verdict =>
  retryAfterMs < QUOTA_PAUSE_MS.least
    ? { kind: 'unclear' }
    : { kind: 'opens', reason: 'quota', forMs: Math.min(retryAfterMs, QUOTA_PAUSE_MS.most) };

/** Who holds a circuit, or lets it go, and when. */
export type HoldOrder = { hold: CircuitHold | 'auto'; by: string; nowMs: number };

/** The circuit under an operator's hold, or released from it to what lay beneath: at worst a probe is due at once. */
export const withHold = (circuit: Circuit, { hold, by, nowMs }: HoldOrder): Circuit => {
  const { state, hold: before = 'auto' } = circuit;
  const kind = hold === 'auto' ? 'released' : (`held-${hold}` as const);
  const turns = hold === before ? circuit.turns : withTurn(circuit, { kind, by, atMs: nowMs });
  return hold === 'auto' ? { state, turns } : { state, hold, turns };
};
