import type { JournalLine, RequestLine } from '../../lib/load/generator/journal.ts';
import type { Observations } from '../../lib/load/result/observations.ts';
import type { FollowedJob, JobEnd } from '../../lib/load/run/followed-job.ts';
import type { LaneSample } from '../../lib/load/run/watch-lanes.ts';
import { laneNames } from '../../lib/pipeline/job/lane.ts';
import type { Scenario } from '../../load/scenario.ts';

/** When the first user of the run came, in ms since 1970. */
export const STARTED_MS = Date.parse('2026-11-26T12:00:00Z');

const aScenario = (changes: Partial<Scenario> = {}): Scenario => ({
  name: 'example',
  question: 'Does it work?',
  arrivals: { kind: 'closed', users: 2, rampSeconds: 2, staySeconds: 60 },
  behaviour: { kind: 'chat', messagesPerMinute: 10 },
  jobs: [{ lane: 'critical', model: 'gpt-5-mini' }],
  warmUpSeconds: 0,
  proofs: [],
  ...changes,
});

export const aRequest = (second: number, changes: Partial<RequestLine> = {}): RequestLine => ({
  kind: 'request',
  name: 'submitJob',
  dueAtMs: STARTED_MS + second * 1_000,
  startedAtMs: STARTED_MS + second * 1_000,
  endedAtMs: STARTED_MS + second * 1_000 + 20,
  outcome: 'answered',
  code: '202',
  ...changes,
});

export const anEnd = (second: number, changes: Partial<JobEnd> = {}): JobEnd => {
  const acceptedAtMs = STARTED_MS + second * 1_000 + 20;
  return {
    status: 'succeeded',
    acceptedAtMs,
    startedAtMs: acceptedAtMs + 30,
    endedAtMs: acceptedAtMs + 1_080,
    costMicroUsd: 100,
    answeredBy: 'gpt-5-mini',
    attempts: [{ model: 'gpt-5-mini', outcome: 'answer', durationMs: 1_000, costMicroUsd: 100 }],
    inputTokens: 300,
    outputTokens: 60,
    ...changes,
  };
};

/** A job that was sent in a second of the run and answered about a second later. */
export const aFollowedJob = (second: number, changes: Partial<FollowedJob> = {}): FollowedJob => ({
  jobId: `job-${second}`,
  lane: 'critical',
  model: 'gpt-5-mini',
  dueAtMs: STARTED_MS + second * 1_000,
  expects: 'answer',
  end: anEnd(second),
  ...changes,
});

export const aLaneSample = (second: number, deadLetters = 0): LaneSample => ({
  atMs: STARTED_MS + second * 1_000,
  lanes: laneNames.map((lane) => ({ lane, waiting: 1, inFlight: 1, deadLetters })),
});

const seconds = Array.from({ length: 60 }, (_, second) => second);

/** What is written down of a run that is in order: two users for a minute, a message a second. */
export const aJournal = (): JournalLine[] => [
  { kind: 'user', event: 'came', atMs: STARTED_MS },
  { kind: 'user', event: 'came', atMs: STARTED_MS + 1_000 },
  ...seconds.map((second) => aRequest(second)),
  ...seconds.map(
    (second): JournalLine => ({ kind: 'lag', atMs: STARTED_MS + second * 1_000, p99Ms: 12, maxMs: 20 }),
  ),
  { kind: 'user', event: 'left', atMs: STARTED_MS + 60_000 },
  { kind: 'user', event: 'left', atMs: STARTED_MS + 61_000 },
];

type Changes = Partial<Omit<Observations, 'run'>> & { scenario?: Partial<Scenario> };

/** A run in which everything is as it should be; the differences from it are what a test is about. */
export const aRun = ({ scenario, ...changes }: Changes = {}): Observations => ({
  run: {
    id: 'example-1',
    scenario: aScenario(scenario),
    target: 'local',
    scale: 1,
    startedAtMs: STARTED_MS - 1_000,
    sharesMachine: true,
    machine: { cores: 2, node: 'v24.21.0', artillery: '2.0.34' },
    commit: 'abc1234',
    models: 'realistic',
  },
  journal: aJournal(),
  jobs: seconds.map((second) => aFollowedJob(second)),
  lanes: [aLaneSample(0), aLaneSample(61)],
  artillery: { users: 2, completed: 2, failed: 0, skipped: 0, errors: [] },
  artilleryExit: 0,
  ...changes,
});
