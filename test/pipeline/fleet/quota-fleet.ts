import type { Quota } from '../../../lib/pipeline/fleet/quota.ts';
import { createQuotas, type Reservation } from '../../../lib/pipeline/fleet/quotas.ts';
import type { LaneName } from '../../../lib/pipeline/job/lane.ts';
import { laneNames } from '../../../lib/pipeline/job/lane.ts';
import type { FleetStore } from '../../../lib/pipeline/ports.ts';
import { seededRandom } from '../../../lib/seeded-random.ts';
import { inMemoryFleetStore } from '../../../lib/simulation/in-memory-fleet-store.ts';
import { settled } from '../../builders.ts';

const MINUTE_MS = 60_000;

/** Jobs a second, of the whole lane. */
export type Load = Readonly<Partial<Record<LaneName, number>>>;

export type Traffic = {
  quota: Quota;
  seed: number;
  /** One after the other. */
  phases: readonly { seconds: number; load: Load }[];
  /** Default: the concurrency of the four lanes. */
  environments?: Readonly<Partial<Record<LaneName, number>>>;
  /** Tokens of a job: what is estimated, and what its call uses 5 s later (default: nobody knows). */
  tokens(random: () => number): { estimated: number; used?: number };
};

type Start = { atMs: number; lane: LaneName; tokens: number };
type Settlement = { atMs: number; tokens: number };

export type Result = {
  starts: readonly Start[];
  settlements: readonly Settlement[];
  refused: Readonly<Record<LaneName, number>>;
  writes: number;
};

const concurrency: Readonly<Record<LaneName, number>> = { critical: 10, high: 8, medium: 5, low: 3 };
const STEP_MS = 250;
const CALL_MS = 5_000;

/** A store whose replies come in any order. */
const shuffled = (store: FleetStore, random: () => number): FleetStore => {
  const pause = async () => {
    for (let left = Math.floor(random() * 4); left > 0; left -= 1) await undefined;
  };
  return {
    list: async (family) => {
      await pause();
      const records = await store.list(family);
      await pause();
      return records;
    },
    replace: async (...change) => {
      await pause();
      const replaced = await store.replace(...change);
      await pause();
      return replaced;
    },
  };
};

/** Drives the quotas of a whole fleet over one store, in steps of virtual time. */
export const drive = async (traffic: Traffic): Promise<Result> => {
  const random = seededRandom(traffic.seed).next;
  let nowMs = Math.floor(random() * 10 * MINUTE_MS);
  const clock = { now: () => nowMs };
  const store = inMemoryFleetStore(clock.now);
  const ports = { store: shuffled(store, random), clock, chance: { random, newId: () => '' } };
  const fleetOf = (lane: LaneName) =>
    Array.from({ length: traffic.environments?.[lane] ?? concurrency[lane] }, () =>
      createQuotas({ ...ports, lane, quotas: [traffic.quota] }),
    );
  const fleets = {
    critical: fleetOf('critical'),
    high: fleetOf('high'),
    medium: fleetOf('medium'),
    low: fleetOf('low'),
  };
  const starts: Start[] = [];
  const settlements: Settlement[] = [];
  const refused = { critical: 0, high: 0, medium: 0, low: 0 };
  let calls: { endsAtMs: number; end: () => void }[] = [];

  const onReservation = (lane: LaneName, reserved: Reservation, job: ReturnType<Traffic['tokens']>) => {
    if (reserved.kind === 'exhausted') {
      refused[lane] += 1;
      return;
    }
    starts.push({ atMs: nowMs, lane, tokens: job.estimated });
    const end = () => {
      reserved.settle(job.used);
      settlements.push({ atMs: nowMs, tokens: (job.used ?? job.estimated) - job.estimated });
    };
    calls.push({ endsAtMs: nowMs + CALL_MS, end });
  };
  const arrive = (lane: LaneName) => {
    const environment = fleets[lane][Math.floor(random() * fleets[lane].length)];
    const job = traffic.tokens(random);
    const { provider, modelId } = traffic.quota;
    void environment
      ?.reserve({ provider, modelId, tokens: job.estimated })
      .then((reserved) => onReservation(lane, reserved, job));
  };
  const endCalls = () => {
    for (const call of calls.filter(({ endsAtMs }) => endsAtMs <= nowMs)) call.end();
    calls = calls.filter(({ endsAtMs }) => endsAtMs > nowMs);
  };

  const due = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const { seconds, load } of traffic.phases) {
    for (const endMs = nowMs + seconds * 1_000; nowMs < endMs; nowMs += STEP_MS) {
      endCalls();
      for (const lane of laneNames) {
        for (due[lane] += ((load[lane] ?? 0) * STEP_MS) / 1_000; due[lane] >= 1; due[lane] -= 1) arrive(lane);
      }
      await settled();
    }
  }
  return { starts, settlements, refused, writes: store.writes() };
};

/** The most of anything in any 60 s. Entries are in the order of their instants. */
export const mostInAMinute = (entries: readonly { atMs: number; amount: number }[]): number => {
  let [first, sum, most] = [0, 0, 0];
  for (const { atMs, amount } of entries) {
    sum += amount;
    for (let oldest = entries[first]; oldest && oldest.atMs <= atMs - MINUTE_MS; oldest = entries[first]) {
      sum -= oldest.amount;
      first += 1;
    }
    most = Math.max(most, sum);
  }
  return most;
};
