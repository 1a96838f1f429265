/** The longest that one call of an AWS service may take, in ms: what a result may wait for is the reserve (aws-client.test.ts). */
export const AWS_TIMEOUT_MS = 2_000;

/** Settings of every AWS client. The SDK repeats nothing: we do (retry.ts). */
export const awsClient = {
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 1_000,
  },
};

/** Calls that begin within so long of each other end together when they stall. In ms. */
const SHARED_FOR_MS = 100;

let shared = { abortSignal: AbortSignal.abort(), untilMs: 0 };

/**
 * Options of every call: the SDK's own timeouts end with the reply's headers, and a body may stall as well. A signal costs
 * more than all else about a call's end, so calls share it.
 */
export const bounded = (): { abortSignal: AbortSignal } => {
  const nowMs = performance.now();
  if (nowMs >= shared.untilMs)
    shared = { abortSignal: AbortSignal.timeout(AWS_TIMEOUT_MS), untilMs: nowMs + SHARED_FOR_MS };
  return { abortSignal: shared.abortSignal };
};
