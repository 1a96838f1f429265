import type { Answer, Job } from '../pipeline/job/job.ts';
import type { JobStore } from '../pipeline/ports.ts';
import { inMemoryJobStore } from './in-memory-job-store.ts';

/** How long an answer may be given again, in ms. */
const FRESH_MS = 3_600_000;

type ModelAnswer = Extract<Answer, { source: 'model' }>;

/** Jobs, and the answers that their endings hold, by the words that they answer. */
export const inMemoryAnswers = (now: () => number): JobStore & ReturnType<typeof inMemoryJobStore> => {
  const jobs = inMemoryJobStore();
  const answers = new Map<string, ModelAnswer>();
  return {
    ...jobs,
    finish: async (job, claimId, record, forMs) => {
      const written = await jobs.finish(job, claimId, record, forMs);
      const { ending } = record;
      if (written === 'written' && ending.status === 'succeeded' && ending.answer.source === 'model')
        answers.set(wordsOf(job), ending.answer);
      return written;
    },
    findAnswer: async (job) => {
      const answer = answers.get(wordsOf(job));
      if (answer === undefined || answer.generatedAtMs + FRESH_MS < now()) return undefined;
      return { ...answer, source: 'cache' };
    },
  };
};

const wordsOf = ({ message: { tenantId, creatorId, input } }: Job): string =>
  JSON.stringify([tenantId, creatorId, input]);
