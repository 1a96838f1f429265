import { routeNames } from '../../lib/api/routes.ts';
import { judge } from '../../lib/load/result/judge.ts';
import type { Observations } from '../../lib/load/result/observations.ts';
import { runResult } from '../../lib/load/result/result.ts';
import { type LaneName, laneNames } from '../../lib/pipeline/job/lane.ts';
import { limitCodes } from '../../lib/pipeline/model/model.ts';
import { scenarios } from '../../load/scenarios.ts';
import { aFollowedJob, aJournal, aLaneSample, anEnd, aRequest, aRun, STARTED_MS } from './a-run.ts';

const failing = (seen: Observations) =>
  judge(seen)
    .checks.filter(({ holds }) => !holds)
    .map(({ name }) => name);

const withJobs = (...extra: Observations['jobs']): Observations => aRun({ jobs: [...aRun().jobs, ...extra] });
const withJournal = (...extra: Observations['journal']): Observations =>
  aRun({ journal: [...aJournal(), ...extra] });

/** 20 more jobs that came out in another way. */
const twenty = (end: Parameters<typeof anEnd>[1], lane: LaneName = 'critical') =>
  Array.from({ length: 20 }, (_, second) => aFollowedJob(second, { lane, end: anEnd(second, end) }));

const waited = (lane: LaneName, seconds: number): Observations => {
  const acceptedAtMs = STARTED_MS;
  const startedAtMs = STARTED_MS + seconds * 1_000;
  return withJobs(...twenty({ acceptedAtMs, startedAtMs, endedAtMs: startedAtMs + 10 }, lane));
};

/** Begun at once, and sent back to its lane by a limit. */
const heldBetweenRuns = (seconds: number): Observations => {
  const acceptedAtMs = STARTED_MS;
  return withJobs(
    ...twenty({ acceptedAtMs, startedAtMs: acceptedAtMs, endedAtMs: acceptedAtMs + seconds * 1_000 }),
  );
};

describe('a run that is in order', () => {
  const result = judge(aRun());

  it('has passed, and its result can be read again', () => {
    expect(result.verdict).toBe('passed');
    expect(result.checks.filter(({ holds }) => !holds)).toEqual([]);
    expect(runResult.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });

  it('counts from the wish of the user to the end of the job, and tells apart what is Relay itself', () => {
    expect(result.latency.job).toMatchObject({ count: 60, p50: 1_100 });
    expect(result.latency.own).toMatchObject({ p50: 80 });
    expect(result.latency.byLane.critical?.wait).toMatchObject({ p99: 30 });
    expect(result.cost).toEqual({ microUsd: 6_000, inputTokens: 18_000, outputTokens: 3_600 });
  });

  it('shows over time who was there, what waited and how long', () => {
    const [first] = result.windows;
    expect(first).toMatchObject({ users: 2, submitted: 2, isWarmUp: false, depth: { critical: 1 } });
    expect(result.windows.at(-1)?.users).toBe(0);
  });

  it('is judged the same whenever it is judged', () => {
    expect(judge(aRun())).toEqual(result);
  });
});

/** For every check there is: a run that it fails, and nothing else does. */
const breaches: readonly [name: string, seen: Observations, verdict: string][] = [
  ['lost-jobs', withJobs(neverEnded()), 'breached'],
  ['failed-jobs', withJobs(...twenty({ status: 'failed', reason: 'unavailable' })), 'breached'],
  ['deadline-burn', withJobs(...twenty({ status: 'expired', reason: 'deadline-passed' })), 'breached'],
  ['rescued-answers', withJobs(...twenty({ answeredBy: 'claude' })), 'breached'],
  ['default-answers', withJobs(...twenty({ answeredBy: 'default' })), 'breached'],
  ['dead-letters', aRun({ lanes: [aLaneSample(0, 1), aLaneSample(61, 2)] }), 'breached'],
  ['dead-letters', aRun({ lanes: [aLaneSample(0), aLaneSample(40)] }), 'breached'],
  ['dead-letters', aRun({ lanes: [] }), 'breached'],
  ['usual-wait-critical', waited('critical', 100), 'breached'],
  ['usual-wait-high', waited('high', 100), 'breached'],
  ['usual-wait-medium', waited('medium', 900), 'breached'],
  ['usual-wait-low', waited('low', 4_000), 'breached'],
  ['usual-wait-critical', heldBetweenRuns(60), 'breached'],
  ['api-errors', withJournal(aRequest(5, { outcome: 'refused', code: '503 unavailable' })), 'breached'],
  ['refused-requests', withJournal(aRequest(5, { outcome: 'refused', code: '404 not-found' })), 'breached'],
  ['api-latency', withJournal(...slow(8)), 'breached'],
  ['spending-cap', brokenOff(), 'breached'],
  ['rescued', aRun({ scenario: { proofs: [{ kind: 'rescued', least: 1 }] } }), 'breached'],
  ['timed-out', aRun({ scenario: { proofs: [{ kind: 'timed-out', least: 1 }] } }), 'breached'],
  ['all-endpoints', aRun({ scenario: { proofs: [{ kind: 'all-endpoints' }] } }), 'breached'],
  ['priority-order', outOfOrder(), 'breached'],
  ['priority-order', aRun({ scenario: { proofs: [{ kind: 'priority-order' }] } }), 'breached'],
  ['generator-lag', withJournal(...late(60)), 'invalid'],
  ['late-starts', openAndLate(), 'invalid'],
  ['users', aRun({ journal: aJournal().slice(1) }), 'invalid'],
  ['artillery', aRun({ artilleryExit: 11 }), 'invalid'],
];

function brokenOff(): Observations {
  const { artillery: _, ...seen } = aRun({ overspent: true, artilleryExit: null });
  return seen;
}

function neverEnded() {
  const { end: _, ...job } = aFollowedJob(3);
  return job;
}

function slow(count: number) {
  return Array.from({ length: count }, (_, second) =>
    aRequest(second, { endedAtMs: STARTED_MS + second * 1_000 + 5_000 }),
  );
}

function late(count: number) {
  return Array.from({ length: count }, (_, second) => ({
    kind: 'lag' as const,
    atMs: STARTED_MS + second * 1_000,
    p99Ms: 180,
    maxMs: 400,
  }));
}

function outOfOrder(): Observations {
  const at = (lane: LaneName, startedAtMs: number) =>
    aFollowedJob(1, { lane, end: anEnd(1, { startedAtMs, endedAtMs: startedAtMs + 10 }) });
  return aRun({
    scenario: { proofs: [{ kind: 'priority-order' }] },
    jobs: [at('critical', STARTED_MS + 5_000), at('low', STARTED_MS + 1_100)],
  });
}

function openAndLate(): Observations {
  const journal = aJournal().filter((line) => line.kind !== 'user' || line.atMs !== STARTED_MS + 1_000);
  return aRun({
    scenario: { arrivals: { kind: 'open', perSecond: 1, seconds: 60 } },
    artillery: { users: 1, completed: 1, failed: 0, skipped: 0, errors: [] },
    journal: [...journal, ...[1, 2].map((second) => aRequest(second, { startedAtMs: STARTED_MS + 3_000 }))],
  });
}

describe('a run in which something is wrong', () => {
  it.each(breaches)('is said to break %s, and that alone', (name, seen, verdict) => {
    expect(failing(seen)).toEqual([name]);
    expect(judge(seen).verdict).toBe(verdict);
  });

  it.each(laneNames)('that keeps lane %s waiting past half of its patience breaks its alarm', (lane) => {
    expect(failing(waited(lane, 10_801))).toContain(`waiting-${lane}`);
  });

  it('is named for every check that there is', () => {
    const named = new Set([...breaches.map(([name]) => name), ...laneNames.map((lane) => `waiting-${lane}`)]);
    const all = breaches.flatMap(([, seen]) => judge(seen).checks.map(({ name }) => name));
    expect([...new Set(all)].filter((name) => !named.has(name))).toEqual(['requests']);
  });

  it('without a single request cannot be believed', () => {
    const journal = aJournal().filter(({ kind }) => kind !== 'request');
    expect(failing(aRun({ journal }))).toEqual(['requests']);
    expect(judge(aRun({ journal })).verdict).toBe('invalid');
  });

  it('against a target that is down has no latency to be proud of', () => {
    const down = aJournal().map((line) =>
      line.kind === 'request' ? { ...line, outcome: 'failed' as const, code: 'ECONNREFUSED' } : line,
    );
    expect(failing(aRun({ journal: down, jobs: [] }))).toEqual(['api-errors']);
  });

  it('counts requests that were given up with the time that they took', () => {
    const gaveUp = Array.from({ length: 8 }, (_, second) =>
      aRequest(second, {
        outcome: 'failed',
        code: 'TimeoutError',
        endedAtMs: STARTED_MS + second * 1_000 + 35_000,
      }),
    );
    expect(failing(withJournal(...gaveUp))).toEqual(['api-errors', 'api-latency']);
  });

  it('counts from when a user meant to write, also where an answer that was slow held the user up', () => {
    const heldUp = Array.from({ length: 8 }, (_, index) =>
      aRequest(index, { startedAtMs: STARTED_MS + 40_000, endedAtMs: STARTED_MS + 40_010 }),
    );
    expect(judge(withJournal(...heldUp)).latency.requests[0]?.summary.max).toBe(40_010);
  });

  it('forgives what was due in the warm-up', () => {
    const cold = twenty({ status: 'failed', reason: 'unavailable' });
    const seen = withJobs(...cold.slice(0, 9));
    const warm = aRun({ scenario: { warmUpSeconds: 10 }, jobs: seen.jobs });
    expect(failing(seen)).toEqual(['failed-jobs']);
    expect(judge(warm)).toMatchObject({ verdict: 'passed', jobs: { submitted: 69, measured: 50 } });
  });
});

it('shows a job that never ended as one that waits to the end of the run', () => {
  const { windows } = judge(withJobs(neverEnded()));
  expect(windows.at(-1)?.age.critical).toBeGreaterThan(55_000);
  expect(judge(aRun()).windows.at(-1)?.age.critical).toBe(0);
});

describe('a scenario', () => {
  it('that calls all endpoints has called all of the document', () => {
    const calls = routeNames.map((name) => aRequest(1, { name }));
    const seen = aRun({
      scenario: { proofs: [{ kind: 'all-endpoints' }] },
      journal: [...aJournal(), ...calls],
    });
    expect(failing(seen)).toEqual([]);
    expect(failing({ ...seen, journal: seen.journal.slice(0, -1) })).toEqual(['all-endpoints']);
  });

  it.each(limitCodes)('of timeouts knows a call that was cut off: %s', (code) => {
    const call = { model: 'gpt-5', outcome: 'transient', code, durationMs: 3_500, costMicroUsd: 0 };
    const seen = withJobs(aFollowedJob(1, { end: anEnd(1, { attempts: [call] }) }));
    const { run } = aRun({ scenario: { proofs: [{ kind: 'timed-out', least: 1 }] } });
    expect(failing({ ...seen, run })).toEqual([]);
  });

  it('excuses only what it breaks on purpose', () => {
    const everyLane = withJobs(...laneNames.flatMap((lane) => twenty({}, lane)));
    const known = new Set(judge(everyLane).checks.map(({ name }) => name));
    for (const { excused = [] } of scenarios) for (const name of excused) expect(known).toContain(name);
    const seen = aRun({
      jobs: twenty({ answeredBy: 'claude' }),
      scenario: { excused: ['rescued-answers'], proofs: [{ kind: 'rescued', least: 1 }] },
    });
    expect(failing(seen)).toEqual([]);
    expect(judge(seen).rescue).toMatchObject({ needed: 20, share: 1 });
  });
});
