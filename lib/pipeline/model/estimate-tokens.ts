import type { JobMessage } from '../job/job-message.ts';

/** English averages about 4 characters a token, French a little less. */
const CHARS_PER_TOKEN = 4;

/** What an answer of a chat usually takes; a request may allow less. */
const USUAL_OUTPUT_TOKENS = 500;

/** The tokens to reserve for one call of a job, before the provider has counted any. */
export const estimateTokens = ({ input, options }: JobMessage): number => {
  const chars = input.messages.reduce(
    (sum, { content }) => sum + content.length,
    input.instructions?.length ?? 0,
  );
  const output = Math.min(options?.maxOutputTokens ?? USUAL_OUTPUT_TOKENS, USUAL_OUTPUT_TOKENS);
  return Math.ceil(chars / CHARS_PER_TOKEN) + output;
};
