import { withRetries } from './retry.ts';

/** The most that a job waits for what the fleet shares, repeats included, in ms. */
const BRIEF_MS = 1_000;

/** Calls a service, and again after a fault that passes; gives up after a second, whatever the call is doing then. */
export const briefly = <Result>(
  call: (options: { abortSignal: AbortSignal }) => Promise<Result>,
): Promise<Result> => {
  const abortSignal = AbortSignal.timeout(BRIEF_MS);
  return withRetries(BRIEF_MS, () => call({ abortSignal }));
};
