import type { Scenario } from '../../../load/scenario.ts';
import type { Target } from '../run/target.ts';

/** What the generator is told, in a file: artillery runs it in a process of its own. Keys stay in the environment. */
export type Assignment = {
  runId: string;
  target: Target;
  scenario: Scenario;
  journalFile: string;
  /** The process that follows the run, and counts what it costs. */
  followedBy: number;
};

/** Where the generator finds its assignment. */
export const ASSIGNMENT_VARIABLE = 'RELAY_LOAD_ASSIGNMENT';
