import type { StrikeRule } from '../../drill/rig/strike.ts';
import { strikeModels } from '../../drill/rig/strike.ts';

/** A rule for `PUT /control/faults` of the local cloud. */
type CloudRule = { id: string; match: { functionName?: string; table?: string }; fault: object };

/** A way to break a promise on purpose, and the run that must notice it. */
export type Breach = {
  /** The check that must fail. */
  check: string;
  scenario: string;
  /** What is done, in words. */
  how: string;
  /** In force from the first user to the last. */
  models?: readonly StrikeRule[];
  cloud?: readonly CloudRule[];
  /** The scenario's own faults are left out: what it is for does not happen. */
  withoutFaults?: true;
  /** In place of what models may cost, in micro-dollars. */
  mostMicroUsd?: number;
};

const everyModel = (fault: object): readonly StrikeRule[] => [{ id: 'every-model', match: {}, fault }];

const ofDoor = (functionName: string, fault: object): readonly CloudRule[] => [
  { id: functionName, match: { functionName }, fault },
];

/** One for each check that a minute can break. Those that take longer are broken in test/load/judge.test.ts. */
export const breaches: readonly Breach[] = [
  {
    check: 'failed-jobs',
    scenario: 'smoke',
    how: 'every model declines to answer',
    models: everyModel({ kind: 'refusal' }),
  },
  {
    check: 'default-answers',
    scenario: 'smoke',
    how: 'no model says a word',
    models: everyModel({ kind: 'silent' }),
  },
  {
    check: 'rescued-answers',
    scenario: 'smoke',
    how: 'all models of GPT-5 break off every call',
    models: strikeModels(['gpt-5', 'gpt-5-mini', 'gpt-5-nano'], { kind: 'reset' }),
  },
  {
    check: 'usual-wait-critical',
    scenario: 'smoke',
    how: 'lane critical has no concurrency left',
    cloud: ofDoor('process-job-critical', { kind: 'no-concurrency' }),
  },
  {
    check: 'api-errors',
    scenario: 'smoke',
    how: 'DynamoDB is down for the API',
    cloud: ofDoor('http-api', { kind: 'down' }),
  },
  {
    check: 'api-latency',
    scenario: 'smoke',
    how: 'DynamoDB takes two seconds more for the API',
    cloud: ofDoor('http-api', { kind: 'slow', ms: 2_000 }),
  },
  {
    check: 'spending-cap',
    scenario: 'smoke',
    how: 'models may cost a ten-thousandth of a dollar',
    mostMicroUsd: 100,
  },
  { check: 'rescued', scenario: 'fallback', how: 'nothing fails', withoutFaults: true },
  { check: 'timed-out', scenario: 'gpt5-timeouts', how: 'nothing falls silent', withoutFaults: true },
];
