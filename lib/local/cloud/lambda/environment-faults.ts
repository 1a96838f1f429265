import type { EnvironmentKill } from './execution-environment.ts';
import type { ToldName } from './told-names.ts';

/** What is to go wrong with the execution environments of one function. */
export type EnvironmentFaults = {
  /** Asked for each invocation, before it begins: whether the account's concurrency is used up. */
  throttles(): boolean;
  /** Asked for each invocation. */
  planKill(): PlannedKill | undefined;
  /** Asked for each environment that starts. */
  clockSkewMs(): number;
  /** Asked for each environment that starts. */
  toldName(): ToldName | undefined;
};

export type PlannedKill = {
  kill: EnvironmentKill;
  /** The invocation is over, by this kill or otherwise. */
  ended(wasKilled: boolean): void;
};
