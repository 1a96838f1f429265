import type { JobStore, KeptAnswer } from '../pipeline/ports.ts';
import { inMemoryJobStore } from './in-memory-job-store.ts';

/** How long an answer may be given again, in ms. */
const FRESH_MS = 3_600_000;

/** Jobs, and the answers that their endings hold, as they are sealed, by the words that they answer. */
export const inMemoryAnswers = (now: () => number): JobStore & ReturnType<typeof inMemoryJobStore> => {
  const jobs = inMemoryJobStore();
  const answers = new Map<string, KeptAnswer>();
  return {
    ...jobs,
    finish: async (job, claimId, record, forMs) => {
      const written = await jobs.finish(job, claimId, record, forMs);
      const { ending, kept } = record;
      if (written !== 'written' || ending.status !== 'succeeded' || ending.answer.source !== 'model')
        return written;
      if (kept.answer === undefined || kept.answerKey === undefined) return written;
      const { text: _, ...answer } = ending.answer;
      const { jobId, message: subjects } = job;
      answers.set(kept.answerKey, { jobId, subjects, answer, sealed: kept.answer });
      return written;
    },
    findAnswer: async (answerKey) => {
      const found = answers.get(answerKey);
      return found === undefined || found.answer.generatedAtMs + FRESH_MS < now() ? undefined : found;
    },
  };
};
