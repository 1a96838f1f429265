import type { FailureReason } from '../job/job.ts';
import type { JobMessage } from '../job/job-message.ts';

/** What a stage demands of jobs before any of them is done. */
export type Demands = { consentRef: boolean; disclosed: boolean };

/** Why a job must not be done where such is demanded: nobody has told the person, or nobody can show a consent. */
export const unlawfulness = (
  { mode, disclosed, consentRef }: Pick<JobMessage, 'mode' | 'disclosed' | 'consentRef'>,
  demands: Demands,
): Extract<FailureReason, 'not-disclosed' | 'no-consent'> | undefined => {
  if (demands.consentRef && consentRef === undefined) return 'no-consent';
  return demands.disclosed && mode === 'auto' && disclosed === undefined ? 'not-disclosed' : undefined;
};
