import { createCircuits } from '../lib/pipeline/fleet/circuits.ts';
import { createLatencies } from '../lib/pipeline/fleet/latencies.ts';
import type { Quota } from '../lib/pipeline/fleet/quota.ts';
import { createQuotas } from '../lib/pipeline/fleet/quotas.ts';
import type { BudgetRules } from '../lib/pipeline/money/budget.ts';
import { createBudgets } from '../lib/pipeline/money/budgets.ts';
import type { Chance, Clock } from '../lib/pipeline/ports.ts';
import { inMemoryFleetStore } from '../lib/simulation/in-memory-fleet-store.ts';
import { inMemoryUserStarts } from '../lib/simulation/in-memory-user-starts.ts';

/** What a worker shares with its fleet, over maps: no quota and no budget unless given, and more starts than any test makes. */
export const fleetPorts = (
  clock: Clock,
  chance: Chance,
  quotas: readonly Quota[] = [],
  rules: BudgetRules = { criticalShare: 0, tenants: {} },
) => {
  const fleet = inMemoryFleetStore(clock.now);
  const shared = { store: fleet, clock, chance };
  return {
    fleet,
    circuits: createCircuits(shared),
    quotas: createQuotas({ ...shared, lane: 'critical', quotas }),
    budgets: createBudgets({
      ...shared,
      lane: 'critical',
      rules,
      hashOf: (tenantId) => tenantId,
      totalOf: async () => 0,
      onWarning: async () => {},
      onRebuilt: async () => {},
    }),
    latencies: createLatencies(shared),
    userStarts: inMemoryUserStarts(1_000),
  };
};
