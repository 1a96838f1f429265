import type { EnvironmentKill } from './execution-environment.ts';

/** What is to go wrong with the execution environments of one function. */
export type EnvironmentFaults = {
  /** Asked for each invocation, before it begins: whether the account's concurrency is used up. */
  throttles(): boolean;
  /** Asked for each invocation. */
  planKill(): PlannedKill | undefined;
  /** Asked for each environment that starts. */
  clockSkewMs(): number;
};

export type PlannedKill = {
  kill: EnvironmentKill;
  /** The invocation is over, by this kill or otherwise. */
  ended(wasKilled: boolean): void;
};
