import { charsIn } from '../job/job-message.ts';
import type { LaneMessage } from '../job/sealed-message.ts';
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
export const estimateUsage = (message: LaneMessage): Usage =>
  usageOf(message, CHARS_PER_TOKEN, USUAL_OUTPUT_TOKENS);

/** The tokens to reserve for it. */
export const estimateTokens = (message: LaneMessage): number => {
  const { inputTokens, outputTokens } = estimateUsage(message);
  return inputTokens + outputTokens;
};

/** What a call that broke off may have used, on the high side: nothing was cached, and the answer was long. */
export const guessUsage = (message: LaneMessage): Usage =>
  usageOf(message, LEAST_CHARS_PER_TOKEN, MOST_OUTPUT_TOKENS);

const usageOf = (message: LaneMessage, charsPerToken: number, output: number): Usage => {
  const { options } = message;
  const chars = 'input' in message ? charsIn(message.input) : message.inputChars;
  return {
    inputTokens: Math.ceil(chars / charsPerToken),
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: Math.min(options?.maxOutputTokens ?? output, output),
    reasoningTokens: 0,
  };
};
