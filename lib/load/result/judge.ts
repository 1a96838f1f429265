import { laneNames } from '../../pipeline/job/lane.ts';
import { sum } from '../../sum.ts';
import { whoOf } from '../who.ts';
import { objectiveChecks, proofChecks, validityChecks } from './checks.ts';
import {
  type EndedJob,
  hasEnded,
  isRescued,
  jobMs,
  jobsIn,
  measuredPeriod,
  type Observations,
  ownMs,
  type Period,
  requestMs,
  requestsIn,
  waitMs,
} from './observations.ts';
import type { Check, RunResult } from './result.ts';
import { summaryOf, tally } from './statistics.ts';
import { windowMsOf, windowsOf } from './windows.ts';

/** All that a run has found, and the verdict on it. Nothing in it depends on when it is judged. */
export const judge = (seen: Observations): RunResult => {
  const period = measuredPeriod(seen);
  const jobs = jobsIn(seen, period);
  const ended = jobs.filter(hasEnded);
  const requests = requestsIn(seen, period);
  const checks = [
    ...validityChecks(seen, period),
    ...objectiveChecks(seen, period),
    ...proofChecks(seen, period),
  ];
  const seconds = Math.max(1, (period.untilMs - period.fromMs) / 1_000);
  const windowMs = windowMsOf(period);
  return {
    run: runOf(seen, period),
    verdict: verdictOf(checks),
    checks,
    jobs: {
      submitted: seen.jobs.length,
      measured: jobs.length,
      answered: ended.filter(({ end }) => end.status === 'succeeded').length,
      lost: jobs.length - ended.length,
      ends: tally(ended.map(endWord)),
    },
    latency: latencyOf(ended, requests),
    throughput: {
      jobsPerSecond: ended.filter(({ end }) => end.endedAtMs <= period.untilMs).length / seconds,
      requestsPerSecond: requests.length / seconds,
    },
    errors: tally([
      ...requests.filter(({ outcome }) => outcome !== 'answered').map(({ name, code }) => `${name}: ${code}`),
      ...ended.flatMap(({ end }) => end.attempts).flatMap(attemptError),
    ]),
    models: answeredBy(ended),
    rescue: rescueOf(ended),
    cost: {
      microUsd: sum(allEnds(seen).map(({ costMicroUsd }) => costMicroUsd)),
      inputTokens: sum(allEnds(seen).map(({ inputTokens }) => inputTokens)),
      outputTokens: sum(allEnds(seen).map(({ outputTokens }) => outputTokens)),
    },
    windowMs,
    windows: windowsOf(seen, period, windowMs),
  };
};

/** A run that cannot be believed says nothing about the target, good or bad. */
const verdictOf = (checks: readonly Check[]): RunResult['verdict'] => {
  const broken = checks.filter(({ holds }) => !holds);
  if (broken.length === 0) return 'passed';
  return broken.some(({ kind }) => kind === 'validity') ? 'invalid' : 'breached';
};

const runOf = ({ run, faults }: Observations, { fromMs, untilMs }: Period): RunResult['run'] => {
  const { scenario, ...info } = run;
  const what = scenario.faults && `${scenario.faults.models.join(', ')} ${scenario.faults.fault.kind}`;
  return {
    ...info,
    scenario: scenario.name,
    question: scenario.question,
    who: whoOf(scenario),
    measuredFromMs: fromMs,
    measuredUntilMs: untilMs,
    ...(faults && what !== undefined && { faults: { ...faults, what } }),
  };
};

const allEnds = ({ jobs }: Observations) => jobs.filter(hasEnded).map(({ end }) => end);

const endWord = ({ end }: EndedJob): string => {
  if (end.status !== 'succeeded') return `${end.status}: ${end.reason ?? 'no reason'}`;
  return end.answeredBy === 'default' || end.answeredBy === 'cache'
    ? `succeeded: ${end.answeredBy}`
    : 'succeeded';
};

const attemptError = ({ model, outcome, code }: EndedJob['end']['attempts'][number]): string[] =>
  outcome === 'answer' ? [] : [`${model}: ${outcome}${code === undefined ? '' : ` ${code}`}`];

const latencyOf = (
  ended: readonly EndedJob[],
  requests: ReturnType<typeof requestsIn>,
): RunResult['latency'] => {
  const names = [...new Set(requests.map(({ name }) => name))];
  return {
    ...optional('job', summaryOf(ended.map(jobMs))),
    byLane: Object.fromEntries(
      laneNames.map((name) => {
        const jobs = ended.filter(({ lane }) => lane === name);
        return [
          name,
          {
            ...optional('job', summaryOf(jobs.map(jobMs))),
            ...optional('wait', summaryOf(jobs.map(waitMs))),
          },
        ];
      }),
    ),
    ...optional('own', summaryOf(ended.map(ownMs))),
    requests: names.flatMap((name) => {
      const summary = summaryOf(requests.filter((it) => it.name === name).map(requestMs));
      return summary === undefined ? [] : [{ name, summary }];
    }),
  };
};

const optional = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  value === undefined ? {} : { [name]: value };

const answeredBy = (ended: readonly EndedJob[]): RunResult['models'] => {
  const pairs = ended.map(({ model, end }) => `${model} ${end.answeredBy ?? 'nobody'}`);
  return tally(pairs).map(({ word, count }) => {
    const [asked = '', by = ''] = word.split(' ');
    return { asked, answeredBy: by, count };
  });
};

/** Of the jobs whose own model did not answer. */
const rescueOf = (ended: readonly EndedJob[]): RunResult['rescue'] => {
  const needed = ended.filter(({ model, end }) => end.answeredBy !== model).length;
  const rescued = ended.filter(isRescued);
  const time = summaryOf(rescued.map(({ end }) => end.endedAtMs - (end.startedAtMs ?? end.acceptedAtMs)));
  return { needed, share: needed === 0 ? 0 : rescued.length / needed, ...optional('time', time) };
};
