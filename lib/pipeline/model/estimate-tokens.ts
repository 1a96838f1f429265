import type { JobMessage } from '../job/job-message.ts';

/** English averages about 4 characters a token, French a little less. */
const CHARS_PER_TOKEN = 4;

/** What an answer of a chat usually takes; a request may allow less. */
const USUAL_OUTPUT_TOKENS = 500;

/** What one call of a job is likely to use, before the provider has counted any. */
export const estimateUsage = ({
  input,
  options,
}: JobMessage): { inputTokens: number; outputTokens: number } => {
  const chars = input.messages.reduce(
    (sum, { content }) => sum + content.length,
    input.instructions?.length ?? 0,
  );
  return {
    inputTokens: Math.ceil(chars / CHARS_PER_TOKEN),
    outputTokens: Math.min(options?.maxOutputTokens ?? USUAL_OUTPUT_TOKENS, USUAL_OUTPUT_TOKENS),
  };
};

/** The tokens to reserve for it. */
export const estimateTokens = (message: JobMessage): number => {
  const { inputTokens, outputTokens } = estimateUsage(message);
  return inputTokens + outputTokens;
};
