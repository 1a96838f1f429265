import type { JobMessage } from '../job/job-message.ts';
import type { Usage } from './model.ts';

/** English averages about 4 characters a token, French a little less. */
const CHARS_PER_TOKEN = 4;

/** What an answer of a chat usually takes; a request may allow less. */
const USUAL_OUTPUT_TOKENS = 500;

/** Emoji and rare words take more tokens than their length says. */
const LEAST_CHARS_PER_TOKEN = 3;

/** What few chat answers exceed, their reasoning included. */
const MOST_OUTPUT_TOKENS = 2_000;

/** What one call of a job is likely to use, before the provider has counted any. */
export const estimateUsage = (message: JobMessage): Usage =>
  usageOf(message, CHARS_PER_TOKEN, USUAL_OUTPUT_TOKENS);

/** The tokens to reserve for it. */
export const estimateTokens = (message: JobMessage): number => {
  const { inputTokens, outputTokens } = estimateUsage(message);
  return inputTokens + outputTokens;
};

/** What a call that broke off may have used, on the high side: nothing was cached, and the answer was long. */
export const guessUsage = (message: JobMessage): Usage =>
  usageOf(message, LEAST_CHARS_PER_TOKEN, MOST_OUTPUT_TOKENS);

const usageOf = ({ input, options }: JobMessage, charsPerToken: number, output: number): Usage => {
  const chars = input.messages.reduce(
    (sum, { content }) => sum + content.length,
    input.instructions?.length ?? 0,
  );
  return {
    inputTokens: Math.ceil(chars / charsPerToken),
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: Math.min(options?.maxOutputTokens ?? output, output),
    reasoningTokens: 0,
  };
};
