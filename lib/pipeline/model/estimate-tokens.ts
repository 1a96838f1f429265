import type { JobMessage } from '../job/job-message.ts';
import type { Usage } from './model.ts';

/** English averages about 4 characters a token, French a little less. */
const CHARS_PER_TOKEN = 4;

/** What an answer of a chat usually takes; a request may allow less. */
const USUAL_OUTPUT_TOKENS = 500;

/** What one call of a job is likely to count, before the provider has counted anything. */
export const estimateUsage = ({ input, options }: JobMessage): Usage => {
  const chars = input.messages.reduce(
    (sum, { content }) => sum + content.length,
    input.instructions?.length ?? 0,
  );
  return {
    inputTokens: Math.ceil(chars / CHARS_PER_TOKEN),
    cachedInputTokens: 0,
    outputTokens: Math.min(options?.maxOutputTokens ?? USUAL_OUTPUT_TOKENS, USUAL_OUTPUT_TOKENS),
    reasoningTokens: 0,
  };
};

/** The tokens to reserve for one call of a job. */
export const estimateTokens = (message: JobMessage): number => {
  const { inputTokens, outputTokens } = estimateUsage(message);
  return inputTokens + outputTokens;
};
