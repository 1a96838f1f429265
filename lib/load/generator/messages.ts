import type { JobKind } from '../../../load/scenario.ts';
import type { SubmittedJob } from '../../api/schemas/job.ts';
import { sampleJobs } from '../../local/sample/conversations.ts';

/** Conversations of the sample workload, in French and English: about as long as real ones. The same in every run. */
const conversations = sampleJobs(1);

/** Bounds what a run may cost: a long answer of a chat has a third of it. */
const MOST_OUTPUT_TOKENS = 1_500;

/** Who writes the message: within a minute a creator may start 10 jobs, over all lanes. */
export type Author = { runId: string; creator: string };

/** The order for one message. `number` chooses the conversation, so that two runs send the same words. */
export const messageOf = ({ lane, model, timeoutMs }: JobKind, author: Author, number: number) => {
  const { input } = conversations[number % conversations.length] ?? conversations[0] ?? none();
  return {
    creatorId: `${author.runId}-${author.creator}`,
    subjectRefs: [`${author.runId}-fan-${number}`],
    priority: lane,
    model,
    input,
    options: {
      reasoningEffort: 'low',
      maxOutputTokens: MOST_OUTPUT_TOKENS,
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
    mode: 'draft',
    metadata: { load: author.runId },
  } satisfies SubmittedJob;
};

const none = (): never => {
  throw new Error('the sample workload has no conversation');
};
