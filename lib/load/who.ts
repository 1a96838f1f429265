import type { Scenario } from '../../load/scenario.ts';

/** In words: who comes, and by which model of load. */
export const whoOf = ({ arrivals }: Pick<Scenario, 'arrivals'>): string =>
  arrivals.kind === 'closed'
    ? `${arrivals.users} user${arrivals.users === 1 ? '' : 's'} within ${arrivals.rampSeconds} s, ${arrivals.staySeconds} s each (closed)`
    : `${arrivals.perSecond} messages a second for ${arrivals.seconds} s, whoever is slow (open)`;
