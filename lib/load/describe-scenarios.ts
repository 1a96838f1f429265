import type { Scenario } from '../../load/scenario.ts';
import { estimateOf } from './estimate.ts';
import { whoOf } from './who.ts';

/** What the behaviour of a scenario comes to, in words. */
const doesWhat = ({ behaviour, faults, models }: Scenario): string => {
  const during = faults ? `; ${faults.models.join(', ')} ${faults.fault.kind} in the middle` : '';
  const how = models === undefined ? '' : `; models ${models}`;
  switch (behaviour.kind) {
    case 'chat':
      return `${behaviour.messagesPerMinute} messages a minute each${during}${how}`;
    case 'produce':
      return `${behaviour.messagesPerMinute} messages a minute each, by SQS`;
    case 'turns':
      return 'wait for the answer, then write again';
    case 'endpoints':
      return `call every endpoint each ${behaviour.everySeconds} s`;
  }
};

/** A row of the table in docs/load.md. Prices are those of a day. */
export const scenarioRow = (scenario: Scenario, nowMs: number): string => {
  const { jobs, inputTokens, outputTokens, microUsd } = estimateOf(scenario, nowMs);
  const does = scenario.arrivals.kind === 'open' ? modelsOf(scenario) : doesWhat(scenario);
  const tokens = [inputTokens, outputTokens].map((count) => `${Math.round(count / 1_000)} k`).join(' + ');
  const cells = [
    `\`${scenario.name}\``,
    scenario.question,
    whoOf(scenario),
    does,
    String(jobs),
    tokens,
    `$${(microUsd / 1_000_000).toFixed(2)}`,
  ];
  return `| ${cells.join(' | ')} |`;
};

const modelsOf = ({ models }: Scenario): string =>
  `one message each${models === undefined ? '' : `; models ${models}`}`;
