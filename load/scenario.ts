import type { LaneName } from '../lib/pipeline/job/lane.ts';
import type { ModelName } from '../lib/pipeline/model/model.ts';

/** A kind of job that a scenario sends. */
export type JobKind = { lane: LaneName; model: ModelName; timeoutMs?: number };

/**
 * Who comes. `closed`: so many users, each there for so long; when the target is slow, they are still as many. `open`:
 * so many messages a second whatever becomes of them, as from the whole world.
 */
export type Arrivals =
  | { kind: 'closed'; users: number; rampSeconds: number; staySeconds: number }
  | { kind: 'open'; perSecond: number; seconds: number };

/** What a user does. */
export type Behaviour =
  /** Sends a message every so often, from start to start, and reads answers as they come. */
  | { kind: 'chat'; messagesPerMinute: number }
  /** The same through SQS, without HTTP. */
  | { kind: 'produce'; messagesPerMinute: number }
  /** Sends a message and waits for its end before the next one: as many jobs are under way as there are users. */
  | { kind: 'turns' }
  /** Calls every endpoint once, again and again. */
  | { kind: 'endpoints'; everySeconds: number };

/** What every call of some models meets during a part of the run, as the model server's control has it. */
export type ModelFaults = {
  models: readonly ModelName[];
  fault: { kind: 'silent' | 'reset' };
  /** Shares of the run's length. */
  from: number;
  until: number;
};

/** What a run must show beside meeting the objectives; without it, it has not tested what it is for. */
export type Proof =
  | { kind: 'rescued'; least: number }
  | { kind: 'timed-out'; least: number }
  | { kind: 'all-endpoints' }
  | { kind: 'priority-order' };

/** One load run: the question that it answers, who comes, what they do, what goes wrong meanwhile. */
export type Scenario = {
  name: string;
  question: string;
  arrivals: Arrivals;
  behaviour: Behaviour;
  /** Taken in this order, again and again, by every user. */
  jobs: readonly [JobKind, ...JobKind[]];
  /** From the first user on; what is due in it counts for nothing. In seconds. */
  warmUpSeconds: number;
  faults?: ModelFaults;
  /** `instant`: models answer at once, so that what is left is Relay's own time. For targets with a model server. */
  models?: 'instant';
  proofs: readonly Proof[];
  /** Objectives that the scenario breaks on purpose, and so does not judge by. */
  excused?: readonly string[];
};

/** How long users come and stay, in seconds. */
export const lengthSeconds = ({ arrivals }: Pick<Scenario, 'arrivals'>): number =>
  arrivals.kind === 'closed' ? arrivals.rampSeconds + arrivals.staySeconds : arrivals.seconds;

/** Users who come all at once write all at once, again and again. In seconds. */
const LEAST_RAMP = 6;

/** The same scenario in another time: as many users, for so much longer or shorter. */
export const scaled = (scenario: Scenario, factor: number): Scenario => {
  const seconds = (given: number) => Math.max(1, Math.round(given * factor));
  const { arrivals } = scenario;
  return {
    ...scenario,
    warmUpSeconds: Math.round(scenario.warmUpSeconds * factor),
    arrivals:
      arrivals.kind === 'open'
        ? { ...arrivals, seconds: seconds(arrivals.seconds) }
        : {
            ...arrivals,
            rampSeconds: Math.max(Math.min(arrivals.rampSeconds, LEAST_RAMP), seconds(arrivals.rampSeconds)),
            staySeconds: seconds(arrivals.staySeconds),
          },
  };
};

/** Jobs of a turn take this long, as a guess; nothing but the estimate of a run's size hangs on it. In seconds. */
const TURN_SECONDS = 4;

/** Jobs that one pass over all endpoints submits. */
const JOBS_OF_A_PASS = 5;

/** How many jobs a run will send, about. */
export const expectedJobs = ({ arrivals, behaviour }: Scenario): number => {
  if (arrivals.kind === 'open') return Math.round(arrivals.perSecond * arrivals.seconds);
  const userSeconds = arrivals.users * arrivals.staySeconds;
  switch (behaviour.kind) {
    case 'chat':
    case 'produce':
      return Math.round((userSeconds / 60) * behaviour.messagesPerMinute);
    case 'turns':
      return Math.round(userSeconds / TURN_SECONDS);
    case 'endpoints':
      return JOBS_OF_A_PASS * Math.ceil(userSeconds / behaviour.everySeconds);
  }
};
