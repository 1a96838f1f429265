import type { Circuits } from '../fleet/circuits.ts';
import type { Latencies } from '../fleet/latencies.ts';
import type { Quotas } from '../fleet/quotas.ts';
import type { Attempt, Job, Skip } from '../job/job.ts';
import type { Catalogue } from '../model/catalogue.ts';
import type { ModelFailure, ServiceTier } from '../model/model.ts';
import type { Budgets } from '../money/budgets.ts';
import type {
  Chance,
  Clock,
  JobStore,
  Models,
  SealingRing,
  SubjectVault,
  Trail,
  UserStarts,
} from '../ports.ts';
import type { Demands } from './lawful.ts';

/** What a run down a chain needs. */
export type RunPorts = {
  clock: Clock;
  chance: Chance;
  store: JobStore;
  models: Models;
  catalogue: Catalogue;
  circuits: Circuits;
  quotas: Quotas;
  budgets: Budgets;
  latencies: Latencies;
  userStarts: UserStarts;
  /** Tells a person that a job was stopped which may concern a minor. Rejects when nobody was told. */
  onMinorRisk(): Promise<void>;
  demands: Demands;
  vault: SubjectVault;
};

/** A job that this worker has claimed, and until when it may work on it. */
export type Owned = {
  job: Job;
  /** The keys of its subjects, with which its content was opened and what it comes to is sealed. */
  ring: SealingRing;
  /** When its subjects were last seen to have nothing against it, in ms since 1970, and no call was made since. */
  clearedAtMs: number;
  claimId: string;
  runsBefore: number;
  endAtMs: number;
  /** The longest that the job may wait for the fleet's quota before a lesser model is asked, in ms. */
  quotaPatienceMs: number;
  /** The service tier of the lane. */
  tier: ServiceTier;
  /** The longest that a run down the chain may take, in ms. */
  chainMs: number;
};

/** Why a job goes back to its lane although nothing is wrong with it. */
export type Wait = {
  reason: 'user-limit' | 'quota' | 'flex' | 'store-unavailable' | 'lost';
  delayMs: number;
  /** The job must be back by then, whatever else would have it wait longer, in ms. */
  atMostMs?: number;
};

/** One run: the job, and the trail that it leaves. */
export type Run = Owned & {
  attempts: Attempt[];
  skips: Skip[];
  /** What the fleet is told of the calls, beside the run: awaited only when the job is done. They never reject. */
  reports: Promise<void>[];
  /** Whether the run has been counted as a start of its user. */
  hasStarted: boolean;
  /** What the last call failed of. */
  lastFailure?: ModelFailure;
  /** The soonest that any provider may be asked again, in ms. */
  soonestMs: number;
};

export const startRun = (owned: Owned): Run => ({
  ...owned,
  attempts: [],
  skips: [],
  reports: [],
  hasStarted: false,
  soonestMs: Infinity,
});

/** What a run leaves on the row. */
export const trailOf = ({ attempts, skips }: Pick<Run, 'attempts' | 'skips'>): Trail => ({ attempts, skips });

/** Whether a provider may bill what the run has called. */
export const isBillable = ({ attempts }: Pick<Run, 'attempts'>): boolean =>
  attempts.some(({ usage, unpriced }) => usage !== undefined || unpriced === 'usage-unknown');

/** Whether a call was not made because its tenant could not pay for it. */
export const lacksMoney = ({ skips }: Run): boolean =>
  skips.some(({ reason }) => reason === 'budget-exhausted');

export const passOver = (run: Run, skip: Omit<Skip, 'atMs'>, nowMs: number): void => {
  run.skips.push({ ...skip, atMs: nowMs });
};
