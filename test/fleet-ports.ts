import { createCircuits } from '../lib/pipeline/fleet/circuits.ts';
import { createLatencies } from '../lib/pipeline/fleet/latencies.ts';
import type { Quota } from '../lib/pipeline/fleet/quota.ts';
import { createQuotas } from '../lib/pipeline/fleet/quotas.ts';
import type { Chance, Clock } from '../lib/pipeline/ports.ts';
import { inMemoryFleetStore } from '../lib/simulation/in-memory-fleet-store.ts';
import { inMemoryUserStarts } from '../lib/simulation/in-memory-user-starts.ts';

/** What a worker shares with its fleet, over maps: no quota unless given, and more starts than any test makes. */
export const fleetPorts = (clock: Clock, chance: Chance, quotas: readonly Quota[] = []) => {
  const fleet = inMemoryFleetStore(clock.now);
  const shared = { store: fleet, clock, chance };
  return {
    fleet,
    circuits: createCircuits(shared),
    quotas: createQuotas({ ...shared, lane: 'critical', quotas }),
    latencies: createLatencies(shared),
    userStarts: inMemoryUserStarts(1_000),
  };
};
