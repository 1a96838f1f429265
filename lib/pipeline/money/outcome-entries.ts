import type { Outcome } from '../dispatch/process-job.ts';
import type { RunPorts } from '../dispatch/run.ts';
import type { ReceivedJob } from '../job/job.ts';
import { abandonedEntry, entriesOf, type LedgerEntry } from './ledger.ts';

/**
 * What a delivery has to enter in the ledger: its own calls, and again what earlier runs have left on the job's row,
 * since nobody knows whether their workers came to it. The same call has the same key, so nothing doubles.
 */
export const entriesOfOutcome = (
  { catalogue, models }: Pick<RunPorts, 'catalogue' | 'models'>,
  job: ReceivedJob,
  outcome: Outcome,
): readonly LedgerEntry[] => {
  const { calls: pastCalls = [], abandoned } = outcome.past ?? {};
  const own = outcome.kind === 'duplicate' ? [] : outcome.attempts;
  const died = abandoned && abandonedEntry(job, abandoned, catalogue, models.providers);
  return [...entriesOf(job, [...pastCalls, ...own]), ...(died === undefined ? [] : [died])];
};
