import type { LaneName } from '../job/lane.ts';
import type { ProviderName } from '../model/model.ts';
import type { Chance, Clock, FleetKey, FleetStore } from '../ports.ts';
import { decideLease, type Lease, leaseEndsAtMs, type Quota, quotaStateSchema } from './quota.ts';

/**
 * `settle` says what the call used in the end; without a number (nobody knows) the estimate stands. `cancel` gives back
 * what no call was made with.
 */
export type Reservation =
  | { kind: 'granted'; settle(usedTokens: number | undefined): void; cancel(): void }
  | { kind: 'exhausted'; freeInMs: number };

/**
 * The provider quotas as one worker environment sees them. It takes blocks of requests and tokens for its lane with
 * one read and one conditional write, and starts jobs out of them without the store.
 * A worker that is frozen or killed cannot hand anything back, so leases simply end (and what is left is lost).
 */
export type Quotas = {
  reserve(asked: { provider: ProviderName; modelId: string; tokens: number }): Promise<Reservation>;
};

type Ports = { store: FleetStore; clock: Pick<Clock, 'now'>; chance: Chance };
type Context = Ports & { lane: LaneName; quota: Quota };

/** What an environment remembers of one quota. Only `settle` changes it outside of `turn`. */
type Memory = {
  lease: Lease | undefined;
  owedTokens: number;
  /** A running mean of what jobs ask for. */
  typicalTokens: number | undefined;
  /** Jobs of this size or more found nothing: they need not ask again before. */
  refused: { untilMs: number; tokens: number } | undefined;
  /** The store failed: jobs start unasked until then. */
  unaskedUntilMs: number;
  turn: Promise<unknown>;
};

const FAMILY = 'quota';

/** Long enough that buckets are full and leases over when a record is forgotten. */
export const QUOTA_KEPT_FOR_MS = 600_000;

/** Each lost one means that another environment won: enough for a burst of starts in a third of the fleet. */
const MAX_TRIES = 8;

/** Who was refused waits up to this much longer: more than one job fits then, and environments come back one by one. */
const SPREAD_MS = 1_000;
/** The same after losing against other environments every time: there may be room, only not now. */
const CONTENDED_SPREAD_MS = 250;
const STORE_REST_MS = 1_000;
const MEAN_STEP = 0.1;

const nameOf = ({ provider, modelId }: Pick<Quota, 'provider' | 'modelId'>): string =>
  `${provider}/${modelId}`;

/** A model without a quota is always granted. So is any while the store fails: the provider's own limit still holds. */
export const createQuotas = ({
  lane,
  quotas,
  ...ports
}: Ports & { lane: LaneName; quotas: readonly Quota[] }): Quotas => {
  const known = new Map(
    quotas.map((quota) => [nameOf(quota), { context: { ...ports, lane, quota }, memory: emptyMemory() }]),
  );
  return {
    reserve: async (asked) => {
      const found = known.get(nameOf(asked));
      return found === undefined ? unmetered : inTurn(found.context, found.memory, asked.tokens);
    },
  };
};

const emptyMemory = (): Memory => ({
  lease: undefined,
  owedTokens: 0,
  typicalTokens: undefined,
  refused: undefined,
  unaskedUntilMs: 0,
  turn: Promise.resolve(),
});

const unmetered: Reservation = { kind: 'granted', settle: () => undefined, cancel: () => undefined };

/** One after the other: jobs that come while a block is on its way share it. */
const inTurn = (context: Context, memory: Memory, tokens: number): Promise<Reservation> => {
  const reservation = memory.turn.then(() => reserve(context, memory, tokens));
  memory.turn = reservation;
  return reservation;
};

const reserve = async (context: Context, memory: Memory, tokens: number): Promise<Reservation> => {
  const nowMs = context.clock.now();
  const { lease, refused } = memory;
  const typicalTokens = memory.typicalTokens ?? tokens;
  memory.typicalTokens = typicalTokens + (tokens - typicalTokens) * MEAN_STEP;
  if (lease !== undefined && nowMs < leaseEndsAtMs(lease) && lease.requests >= 1 && lease.tokens >= tokens)
    return started(memory, lease, tokens);
  if (nowMs < memory.unaskedUntilMs) return unmetered;
  if (refused !== undefined && nowMs < refused.untilMs && tokens >= refused.tokens)
    return { kind: 'exhausted', freeInMs: refused.untilMs - nowMs };
  try {
    return await takeBlock(context, memory, tokens);
  } catch {
    memory.unaskedUntilMs = context.clock.now() + STORE_REST_MS;
    // the write may have been made, and the lease handed back with it
    memory.lease = undefined;
    return unmetered;
  }
};

const started = (memory: Memory, lease: Lease, tokens: number): Reservation => {
  memory.lease = { ...lease, requests: lease.requests - 1, tokens: lease.tokens - tokens };
  let isSettled = false;
  const settle = (usedTokens: number | undefined) => {
    // not into the lease: what is leased must not grow unseen by the fleet
    if (!isSettled && usedTokens !== undefined) memory.owedTokens += usedTokens - tokens;
    isSettled = true;
  };
  /** Into the lease that it came from, which the fleet counts as a whole until it ends. */
  const cancel = () => {
    const current = memory.lease;
    if (isSettled) return;
    isSettled = true;
    if (current === undefined || leaseEndsAtMs(current) !== leaseEndsAtMs(lease)) return;
    memory.lease = { ...current, requests: current.requests + 1, tokens: current.tokens + tokens };
  };
  return { kind: 'granted', settle, cancel };
};

const takeBlock = async (context: Context, memory: Memory, tokens: number): Promise<Reservation> => {
  const { store, clock, chance, lane, quota } = context;
  const key: FleetKey = { family: FAMILY, name: nameOf(quota) };
  // read anew: a version that is remembered is stale whenever another environment has written, and costs a write
  let record = (await store.list(FAMILY)).find(({ name }) => name === key.name);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { lease, owedTokens, typicalTokens = tokens } = memory;
    const request = { lane, tokens, typicalTokens, nowMs: clock.now(), lease, owedTokens };
    const decided = decideLease(stateOf(record?.value), quota, request);
    if (decided.kind === 'exhausted')
      return refusedFor(context, memory, tokens, decided.freeInMs + chance.random() * SPREAD_MS);
    const written = await store.replace(key, record?.version ?? 0, decided.state, QUOTA_KEPT_FOR_MS);
    if (written.kind === 'replaced') {
      memory.owedTokens -= owedTokens;
      return started(memory, decided.lease, tokens);
    }
    record = written.current;
  }
  return refusedFor(context, memory, tokens, chance.random() * CONTENDED_SPREAD_MS);
};

/** A value that cannot be read is none: quotas start anew. */
const stateOf = (value: unknown) => quotaStateSchema.safeParse(value).data;

const refusedFor = ({ clock }: Ports, memory: Memory, tokens: number, waitMs: number): Reservation => {
  const freeInMs = Math.max(1, Math.ceil(waitMs));
  memory.refused = { untilMs: clock.now() + freeInMs, tokens };
  return { kind: 'exhausted', freeInMs };
};
