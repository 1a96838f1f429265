import type { Proof } from '../../../load/scenario.ts';
import { routeNames } from '../../api/routes.ts';
import { stages } from '../../config.ts';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import { limitCodes } from '../../pipeline/model/model.ts';
import {
  type EndedJob,
  hasEnded,
  isRescued,
  jobsIn,
  type Observations,
  ownMs,
  type Period,
  requestMs,
  requestsIn,
  waitMs,
} from './observations.ts';
import type { Check } from './result.ts';
import { summaryOf } from './statistics.ts';

/** Something that was counted, and the most (or least) of it that is right. */
const atMost = (kind: Check['kind'], name: string, found: number, limit: number, unit: string): Check => ({
  kind,
  name,
  found: `${rounded(found)}${unit}`,
  wanted: `at most ${rounded(limit)}${unit}`,
  holds: found <= limit,
});

const atLeast = (kind: Check['kind'], name: string, found: number, limit: number, unit = ''): Check => ({
  kind,
  name,
  found: `${rounded(found)}${unit}`,
  wanted: `at least ${rounded(limit)}${unit}`,
  holds: found >= limit,
});

const rounded = (value: number): string => String(Math.round(value * 100) / 100);

const percent = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole);

/** What the stage promises, named as the alarm that fires when it is broken. */
export const objectiveChecks = (seen: Observations, period: Period): Check[] => {
  const { objectives } = stages[seen.run.target];
  const jobs = jobsIn(seen, period);
  const ended = jobs.filter(hasEnded);
  const excused = seen.run.scenario.excused ?? [];
  const answers = ended.filter(({ end }) => end.status === 'succeeded');
  const most = (name: string, found: number, limit: number, unit = '') =>
    atMost('objective', name, found, limit, unit);
  return [
    most('lost-jobs', jobs.length - ended.length, 0),
    most(
      'failed-jobs',
      percent(withStatus(ended, 'failed').length, ended.length),
      objectives.failedPercent,
      ' %',
    ),
    most('deadline-burn', missedPercent(ended), 100 * (1 - objectives.deadlinesMet), ' %'),
    most(
      'rescued-answers',
      percent(answers.filter(isRescued).length, answers.length),
      objectives.rescuedPercent,
      ' %',
    ),
    most('default-answers', defaultAnswers(ended), defaultAnswersAllowed(period, objectives.defaultAnswers)),
    deadLetterCheck(seen, period, objectives.deadLetters),
    {
      kind: 'objective' as const,
      name: 'spending-cap',
      found: seen.overspent ? 'reached: the run was broken off' : 'kept',
      wanted: 'kept',
      holds: seen.overspent !== true,
    },
    ...waitChecks(seen, ended),
    ...apiChecks(seen, period),
  ].filter(({ name }) => !excused.includes(name));
};

const withStatus = (jobs: readonly EndedJob[], status: string) =>
  jobs.filter(({ end }) => end.status === status);

/** As the alarm counts: of the jobs that people wait for and that were answered or came too late. */
const missedPercent = (ended: readonly EndedJob[]): number => {
  const awaited = ended.filter(({ lane }) => isAwaited(lane));
  const missed = withStatus(awaited, 'expired').length;
  return percent(missed, missed + withStatus(awaited, 'succeeded').length);
};

const isAwaited = (lane: LaneName): boolean => lane === 'critical' || lane === 'high';

const defaultAnswers = (ended: readonly EndedJob[]): number =>
  ended.filter(({ lane, end }) => isAwaited(lane) && end.answeredBy === 'default').length;

const FIVE_MINUTES_MS = 300_000;

/** The objective is for any five minutes. */
const defaultAnswersAllowed = ({ fromMs, untilMs }: Period, inFiveMinutes: number): number =>
  inFiveMinutes * Math.max(1, Math.ceil((untilMs - fromMs) / FIVE_MINUTES_MS));

/** What nobody looked at is not nothing. */
const deadLetterCheck = (seen: Observations, { untilMs }: Period, limit: number): Check => {
  const check = atMost('objective', 'dead-letters', newDeadLetters(seen), limit, '');
  const isSeen = (seen.lanes.at(-1)?.atMs ?? 0) >= untilMs;
  return isSeen ? check : { ...check, found: 'not seen at the end', holds: false };
};

const newDeadLetters = ({ lanes }: Observations): number => {
  const [first, last] = [lanes.at(0), lanes.at(-1)].map((sample) =>
    (sample?.lanes ?? []).reduce((sum, { deadLetters }) => sum + deadLetters, 0),
  );
  return Math.max(0, (last ?? 0) - (first ?? 0));
};

const waitChecks = ({ run }: Observations, ended: readonly EndedJob[]): Check[] => {
  const { objectives, lanes } = stages[run.target];
  return laneNames.flatMap((name) => {
    const jobs = ended.filter(({ lane }) => lane === name);
    const [waits, own] = [summaryOf(jobs.map(waitMs)), summaryOf(jobs.map(ownMs))];
    if (waits === undefined || own === undefined) return [];
    const patient = lanes[name].patienceSeconds * objectives.waitShare;
    return [
      atMost('objective', `waiting-${name}`, waits.max / 1_000, patient, ' s'),
      atMost('objective', `usual-wait-${name}`, own.p99 / 1_000, objectives.usualWaitSeconds[name], ' s'),
    ];
  });
};

/** Requests that wait for a job's end take as long as they wait; a redrive, as long as its dead-letter queue. */
const SLOW_BY_NATURE = /waits|redrive/;

const apiChecks = (seen: Observations, period: Period): Check[] => {
  const { objectives } = stages[seen.run.target];
  const requests = requestsIn(seen, period);
  const broken = requests.filter(({ outcome, code }) => outcome === 'failed' || code.startsWith('5'));
  const refused = requests.filter(({ outcome, code }) => outcome === 'refused' && !code.startsWith('5'));
  const latency = summaryOf(requests.filter(({ name }) => !SLOW_BY_NATURE.test(name)).map(requestMs));
  return [
    atLeast('validity', 'requests', requests.length, 1),
    atMost(
      'objective',
      'api-errors',
      percent(broken.length, requests.length),
      objectives.apiErrorPercent,
      ' %',
    ),
    atMost('objective', 'refused-requests', refused.length, 0, ''),
    ...(latency ? [atMost('objective', 'api-latency', latency.p95, objectives.apiLatencyMs, ' ms')] : []),
  ];
};

/** What the scenario is for. */
export const proofChecks = (seen: Observations, period: Period): Check[] =>
  seen.run.scenario.proofs.map((proof) => proofCheck(proof, seen, period));

const proofCheck = (proof: Proof, seen: Observations, period: Period): Check => {
  const ended = jobsIn(seen, period).filter(hasEnded);
  switch (proof.kind) {
    case 'rescued':
      return atLeast('proof', 'rescued', ended.filter(isRescued).length, proof.least, ' jobs');
    case 'timed-out':
      return atLeast('proof', 'timed-out', ended.filter(hasTimedOut).length, proof.least, ' jobs');
    case 'all-endpoints':
      return allEndpoints(seen, period);
    case 'priority-order':
      return priorityOrder(ended);
  }
};

const limits: readonly string[] = limitCodes;

/** A call was cut off because a limit of Relay's was over. */
const hasTimedOut = ({ end }: EndedJob): boolean =>
  end.attempts.some(({ code }) => code !== undefined && limits.includes(code));

const allEndpoints = (seen: Observations, period: Period): Check => {
  const answered = new Set(
    requestsIn(seen, period)
      .filter(({ outcome }) => outcome === 'answered')
      .map(({ name }) => name),
  );
  const silent = routeNames.filter((name) => !answered.has(name));
  return {
    kind: 'proof',
    name: 'all-endpoints',
    found: silent.length === 0 ? `${routeNames.length} answered` : `no answer of ${silent.join(', ')}`,
    wanted: `all ${routeNames.length} of the document`,
    holds: silent.length === 0,
  };
};

/** Waits are compared, not times to the end: models differ by lane. Half a second is chance. */
const CHANCE_MS = 500;

const priorityOrder = (ended: readonly EndedJob[]): Check => {
  const waits = laneNames.flatMap((name) => {
    const p95 = summaryOf(ended.filter(({ lane }) => lane === name).map(waitMs))?.p95;
    return p95 === undefined ? [] : [{ name, p95 }];
  });
  const [critical, ...others] = waits;
  const inOrder = others.every(({ p95 }) => critical !== undefined && critical.p95 <= p95 + CHANCE_MS);
  return {
    kind: 'proof',
    name: 'priority-order',
    found: waits.map(({ name, p95 }) => `${name} ${rounded(p95 / 1_000)} s`).join(', '),
    wanted: 'critical waits no longer than any other lane (p95)',
    holds: critical?.name === 'critical' && others.length > 0 && inOrder,
  };
};

/** How late the generator may be for its figures to be worth something, in ms: at the 99th of 100 looks at its clock. */
const MOST_LAG_MS = 100;
/** How late messages of the whole world may start, who wait for nobody, in ms: at the 99th of 100. */
const MOST_LATE_MS = 250;

/** Whether the run can be believed. */
export const validityChecks = (seen: Observations, period: Period): Check[] => {
  const lags = seen.journal.filter((line) => line.kind === 'lag').filter(({ atMs }) => atMs >= period.fromMs);
  const lag = summaryOf(lags.map(({ p99Ms }) => p99Ms))?.p95 ?? 0;
  const troubles = seen.journal.filter((line) => line.kind === 'trouble');
  const came = seen.journal.filter((line) => line.kind === 'user' && line.event === 'came').length;
  const wanted = seen.run.scenario.arrivals.kind === 'closed' ? seen.run.scenario.arrivals.users : 1;
  const { artillery } = seen;
  const errors = [...troubles.map(({ error }) => error), ...(artillery?.errors ?? [])];
  return [
    atMost('validity', 'generator-lag', lag, MOST_LAG_MS, ' ms'),
    ...(seen.run.scenario.arrivals.kind === 'open'
      ? [atMost('validity', 'late-starts', lateStartMs(seen, period), MOST_LATE_MS, ' ms')]
      : []),
    { ...atLeast('validity', 'users', came, wanted), holds: came === wanted, wanted: String(wanted) },
    {
      kind: 'validity',
      name: 'artillery',
      found: artilleryWords(seen, errors),
      wanted: 'a report, each user completed, no error',
      holds: seen.overspent === true || isInOrder(seen, errors, wanted),
    },
  ];
};

/** A run that is broken off for its cost has no report of artillery, and is to name the cost. */
const isInOrder = ({ artillery, artilleryExit }: Observations, errors: readonly string[], users: number) =>
  artilleryExit === 0 && errors.length === 0 && artillery?.completed === users && artillery.skipped === 0;

const artilleryWords = ({ artillery, artilleryExit }: Observations, errors: readonly string[]): string =>
  artillery === undefined
    ? `exit code ${artilleryExit}, no report`
    : `exit code ${artilleryExit}, ${artillery.completed} completed, ${artillery.skipped} skipped${errors.map((error) => `, ${error}`).join('')}`;

const lateStartMs = (seen: Observations, period: Period): number => {
  const late = requestsIn(seen, period).map(({ dueAtMs, startedAtMs }) => startedAtMs - dueAtMs);
  return summaryOf(late)?.p99 ?? 0;
};
