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

/** The tokens to reserve for one call of a job, before the provider has counted any. */
export const estimateTokens = (message: JobMessage): number =>
  Math.ceil(charsOf(message) / CHARS_PER_TOKEN) + outputTokens(message, USUAL_OUTPUT_TOKENS);

/** What a call that broke off may have used, on the high side: nothing was cached, and the answer was long. */
export const guessUsage = (message: JobMessage): Usage => ({
  inputTokens: Math.ceil(charsOf(message) / LEAST_CHARS_PER_TOKEN),
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: outputTokens(message, MOST_OUTPUT_TOKENS),
  reasoningTokens: 0,
});

const charsOf = ({ input }: JobMessage): number =>
  input.messages.reduce((sum, { content }) => sum + content.length, input.instructions?.length ?? 0);

const outputTokens = ({ options }: JobMessage, usual: number): number =>
  Math.min(options?.maxOutputTokens ?? usual, usual);
