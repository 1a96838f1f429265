import { expectedJobs, type Scenario } from '../../load/scenario.ts';
import type { JobMessage } from '../pipeline/job/job-message.ts';
import { liveOffers } from '../pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../pipeline/model/default-catalogue.ts';
import { estimateUsage } from '../pipeline/model/estimate-tokens.ts';
import { estimateCost } from '../pipeline/money/estimate-cost.ts';
import { messageOf } from './generator/messages.ts';

/** What a run will send, and what models will take of it and for it, about. */
export type Estimate = { jobs: number; inputTokens: number; outputTokens: number; microUsd: number };

/** Each conversation of the sample workload counts once, so that the mean is that of a long run. */
const SAMPLE = 240;

/** As Relay itself estimates a call, at the prices of that day's first offer and the default tier. */
export const estimateOf = (scenario: Scenario, nowMs: number): Estimate => {
  const jobs = expectedJobs(scenario);
  const sample = Array.from({ length: SAMPLE }, (_, number) => {
    const kind = scenario.jobs[number % scenario.jobs.length] ?? scenario.jobs[0];
    const message: JobMessage = {
      ...messageOf(kind, { runId: 'run', creator: 'c' }, number),
      tenantId: 'load',
    };
    const [offer] = liveOffers(defaultCatalogue[kind.model], nowMs, () => true);
    const microUsd = offer === undefined ? 0 : estimateCost(offer, message, 'default', nowMs);
    return { ...estimateUsage(message), microUsd };
  });
  const forAll = (of: (one: (typeof sample)[number]) => number) =>
    Math.round((jobs * sample.reduce((sum, one) => sum + of(one), 0)) / SAMPLE);
  return {
    jobs,
    inputTokens: forAll(({ inputTokens }) => inputTokens),
    outputTokens: forAll(({ outputTokens }) => outputTokens),
    microUsd: forAll(({ microUsd }) => microUsd),
  };
};
